package dev.tandem.index.search;

import static dev.tandem.index.search.TestSearches.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactRankingTest {

  /** Vectors that are mapped from a file are not checked when they are loaded. */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesWhatHasNoScore(float component) {
    float[][] rows = {{1, 0}, {2, 0}, {component, 0}};
    PassageIds ids = ids(3);
    try (VectorMatrix vectors = VectorMatrix.copyOf(rows, 2);
        VectorMatrix query = VectorMatrix.copyOf(new float[][] {{1, 1}}, 2)) {
      ExactRanking ranking = new ExactRanking(vectors, ids);
      assertThat(ranking.best(query, new int[][] {{0, 1}}, 2).withIds(ids).ranking(0))
          .extracting(RankedPassage::id)
          .containsExactly("p1", "p0");
      assertThatThrownBy(() -> ranking.best(query, new int[][] {{0, 2, 1}}, 1))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("the score of passage 'p2' (row 2) is " + component)
          .hasMessageContaining("not finite");
    }
  }
}
