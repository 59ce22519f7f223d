package dev.tandem.jobs.train.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedPermutationTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 16, 17, 1000, 4096, 4097})
  void everyPlaceIsTakenOnce(long size) {
    KeyedPermutation permutation = new KeyedPermutation(size, 42);
    BitSet taken = new BitSet();
    for (long i = 0; i < size; i++) {
      taken.set(Math.toIntExact(permutation.apply(i)));
    }
    assertThat(taken.cardinality()).isEqualTo((int) size);
    assertThat(taken.length()).isEqualTo((int) size);
  }

  @Test
  void anotherKeyGivesAnotherOrder() {
    KeyedPermutation one = new KeyedPermutation(1000, 1);
    KeyedPermutation two = new KeyedPermutation(1000, 2);
    int same = 0;
    int inPlace = 0;
    for (long i = 0; i < 1000; i++) {
      same += one.apply(i) == two.apply(i) ? 1 : 0;
      inPlace += one.apply(i) == i ? 1 : 0;
    }
    // One agreement is expected of two random permutations; 20 would be a wonder.
    assertThat(same).isLessThan(20);
    assertThat(inPlace).isLessThan(20);
  }

  @Test
  void elementsOutOfRangeAreRefused() {
    KeyedPermutation permutation = new KeyedPermutation(10, 0);
    assertThatThrownBy(() -> permutation.apply(10)).hasMessageContaining("[0, 10)");
    assertThatThrownBy(() -> new KeyedPermutation(0, 0)).hasMessageContaining("0");
  }
}
