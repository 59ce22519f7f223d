package dev.tandem.index.search;

import static dev.tandem.index.search.TestSearches.gaussian;
import static dev.tandem.index.search.TestSearches.ids;
import static dev.tandem.index.search.TestSearches.rankings;
import static dev.tandem.index.search.TestSearches.scan;
import static dev.tandem.index.search.TestSearches.search;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.index.trec.RankedPassage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That it finds what brute force finds, {@link ExactSearcherTest} has for both. */
class RowScanTest {

  @ParameterizedTest
  @CsvSource({"10, 5000", "10, 6", "1000, 4990", "5000, 5000", "3, 0"})
  void leavesOutRowsThatAreNotAccepted(int k, int accepted) {
    Random random = new Random(41);
    float[][] vectors = gaussian(random, 5000, 24);
    float[][] queries = gaussian(random, 4, 24);
    BitSet rows = new BitSet();
    while (rows.cardinality() < accepted) {
      rows.set(random.nextInt(5000));
    }
    List<List<RankedPassage>> expected = new ArrayList<>();
    for (List<RankedPassage> all : rankings(search(vectors, ids(5000), queries, 5000, 1))) {
      expected.add(
          all.stream()
              .filter(hit -> rows.get(Integer.parseInt(hit.id().substring(1))))
              .limit(k)
              .toList());
    }
    assertThat(rankings(scan(vectors, queries, k, Optional.of(rows)))).isEqualTo(expected);
  }

  @Test
  void refusesWhatHasNoScore() {
    float[][] query = {{1, 1}};
    assertThatThrownBy(
            () -> scan(new float[][] {{1, 0}, {Float.NaN, 0}}, query, 1, Optional.empty()))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("the score of passage 'p1' (row 1) is NaN");
    assertThatThrownBy(() -> scan(new float[][] {{1, 0}}, query, 0, Optional.empty()))
        .hasMessageContaining("expected a positive k and queries of 2 components, got k 0");
  }
}
