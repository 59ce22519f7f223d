package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExactScoreTest {

  @Test
  void isTheInnerProductAndTheSameByVectors() {
    Random random = new Random(41);
    for (int dimension = 1; dimension < 200; dimension++) {
      double[] query = new double[dimension];
      float[] passages = new float[dimension + 3];
      BigDecimal exact = BigDecimal.ZERO;
      double magnitude = 0;
      for (int i = 0; i < dimension; i++) {
        query[i] = (float) random.nextGaussian();
        passages[i + 3] = (float) random.nextGaussian();
        exact = exact.add(new BigDecimal(query[i]).multiply(new BigDecimal(passages[i + 3])));
        magnitude += Math.abs(query[i] * passages[i + 3]);
      }
      float score = ExactScore.scoreByScalars(query, passages, 3);
      // Half a unit in the last place of a float, and what summing in double adds to that.
      assertThat(Math.abs(exact.doubleValue() - score))
          .isLessThanOrEqualTo(Math.ulp(score) / 2 + dimension * 0x1p-53 * magnitude);
      assertThat(ExactScore.scoreByVectors(query, passages, 3)).isEqualTo(score);
      assertThat(ExactScore.score(query, passages, 3)).isEqualTo(score);
    }
  }

  @Test
  void theErrorBoundHoldsForSinglePrecisionSums() {
    Random random = new Random(43);
    for (int round = 0; round < 200; round++) {
      int dimension = 1 + random.nextInt(400);
      double[] query = new double[dimension];
      float[] single = new float[dimension];
      float[] passage = new float[dimension];
      float sum = 0;
      for (int i = 0; i < dimension; i++) {
        single[i] = 1 + random.nextFloat();
        query[i] = single[i];
        passage[i] = 1 + random.nextFloat();
        sum += single[i] * passage[i];
      }
      double norms = ExactScore.norm(single, dimension) * ExactScore.norm(passage, dimension);
      assertThat((double) Math.abs(sum - ExactScore.score(query, passage, 0)))
          .isLessThanOrEqualTo(ExactScore.errorBound(dimension, norms));
    }
  }

  @Test
  void severalPassagesAtOnceScoreAsEachByItself() {
    Random random = new Random(47);
    for (int dimension = 1; dimension < 100; dimension++) {
      double[] query = new double[dimension];
      for (int i = 0; i < dimension; i++) {
        query[i] = (float) random.nextGaussian();
      }
      float[] passages = new float[6 * dimension + 1];
      for (int i = 0; i < passages.length; i++) {
        passages[i] = (float) random.nextGaussian();
      }
      int[] from = {5 * dimension + 1, 0, 2 * dimension, 2 * dimension};
      float[] scores = new float[ExactScore.AT_ONCE];
      ExactScore.scores(query, passages, from, new double[8 * ExactScore.AT_ONCE], scores);
      for (int i = 0; i < from.length; i++) {
        assertThat(scores[i]).isEqualTo(ExactScore.scoreByScalars(query, passages, from[i]));
      }
    }
  }
}
