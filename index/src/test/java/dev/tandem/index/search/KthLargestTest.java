package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KthLargestTest {

  private final KthLargest selection = new KthLargest();
  private final Random random = new Random(71);

  /** The rank that the answer has among the numbers, checking that it is one and none too large. */
  private int rank(float[] numbers, int k) {
    System.arraycopy(numbers, 0, selection.room(numbers.length), 0, numbers.length);
    float found = selection.atMost(k, numbers.length);
    float[] sorted = numbers.clone();
    Arrays.sort(sorted);
    assertThat(found).isLessThanOrEqualTo(sorted[sorted.length - k]);
    int reaching = 0;
    for (float number : numbers) {
      reaching += number >= found ? 1 : 0;
    }
    assertThat(Arrays.binarySearch(sorted, found)).isNotNegative();
    return reaching;
  }

  @Test
  void isCloseBelowInSpreadNumbers() {
    for (int k : new int[] {1, 2, 49, 1000, 2999, 3000}) {
      float[] numbers = new float[3000];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      assertThat(rank(numbers, k)).isBetween(k, k + 1 + k / 32);
    }
  }

  @Test
  void farNumbersDoNotBlurTheRest() {
    float[] numbers = new float[5000];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    numbers[7] = 1e38f;
    numbers[8] = -1e38f;
    numbers[9] = 1e20f;
    assertThat(rank(numbers, 100)).isBetween(100, 104);
  }

  @Test
  void equalNumbersAreFoundWhateverTheRank() {
    float[] numbers = new float[100];
    Arrays.fill(numbers, -3);
    assertThat(rank(numbers, 40)).isEqualTo(100);
    numbers[3] = 5;
    assertThat(rank(numbers, 1)).isEqualTo(1);
    assertThat(rank(numbers, 2)).isEqualTo(100);
    assertThat(rank(new float[] {2}, 1)).isEqualTo(1);
  }
}
