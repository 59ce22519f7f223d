package dev.tandem.index.search;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The score that results carry: products and sums in double precision in one fixed order, rounded
 * to float once. It depends on the two vectors alone, so results do not change with the hardware,
 * the block sizes or the way a collection is split.
 */
final class ExactScore {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_128;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;

  /** Where the hardware has no such vectors, the Vector API would emulate them slowly. */
  private static final boolean VECTORS = DoubleVector.SPECIES_PREFERRED.length() >= 4;

  /** How many passages {@link #scores} takes. */
  static final int AT_ONCE = 4;

  private static final VectorSpecies<Float> WIDE_FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Double> WIDE_DOUBLES = DoubleVector.SPECIES_512;
  private static final boolean WIDE_VECTORS = DoubleVector.SPECIES_PREFERRED.length() >= 8;

  private static final double FLOAT_UNIT = 0x1p-24;
  private static final double DOUBLE_UNIT = 0x1p-53;

  private ExactScore() {}

  /**
   * Inner product of a query and a passage.
   *
   * @param query the query's components, widened
   * @param passages an array with the passage's components from {@code from} on
   */
  static float score(double[] query, float[] passages, int from) {
    return VECTORS ? scoreByVectors(query, passages, from) : scoreByScalars(query, passages, from);
  }

  /**
   * The scores of {@link #AT_ONCE} passages, each as {@link #score} gives it: a single one waits
   * for the sum of every step before it can do the next.
   *
   * @param from where each passage begins
   * @param scratch eight times as many sums
   * @param scores receives them
   */
  static void scores(
      double[] query, float[] passages, int[] from, double[] scratch, float[] scores) {
    if (WIDE_VECTORS) {
      scoresByWideVectors(query, passages, from, scratch, scores);
      return;
    }
    for (int i = 0; i < AT_ONCE; i++) {
      scores[i] = score(query, passages, from[i]);
    }
  }

  /** The eight sums of a passage in the lanes of one vector: the same result to the bit. */
  static void scoresByWideVectors(
      double[] query, float[] passages, int[] from, double[] scratch, float[] scores) {
    int p0 = from[0];
    int p1 = from[1];
    int p2 = from[2];
    int p3 = from[3];
    DoubleVector s0 = DoubleVector.zero(WIDE_DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    int i = 0;
    for (int end = query.length - 7; i < end; i += 8) {
      DoubleVector q = DoubleVector.fromArray(WIDE_DOUBLES, query, i);
      // Products are exact, so fused or not makes no difference.
      s0 = q.fma(widened(passages, p0 + i), s0);
      s1 = q.fma(widened(passages, p1 + i), s1);
      s2 = q.fma(widened(passages, p2 + i), s2);
      s3 = q.fma(widened(passages, p3 + i), s3);
    }
    s0.intoArray(scratch, 0);
    s1.intoArray(scratch, 8);
    s2.intoArray(scratch, 16);
    s3.intoArray(scratch, 24);
    for (int p = 0; p < AT_ONCE; p++) {
      int at = 8 * p;
      scores[p] =
          rounded(
              scratch[at] + scratch[at + 4],
              scratch[at + 1] + scratch[at + 5],
              scratch[at + 2] + scratch[at + 6],
              scratch[at + 3] + scratch[at + 7],
              tail(query, passages, from[p], i));
    }
  }

  private static DoubleVector widened(float[] passages, int at) {
    return (DoubleVector)
        FloatVector.fromArray(WIDE_FLOATS, passages, at)
            .convertShape(VectorOperators.F2D, WIDE_DOUBLES, 0);
  }

  /** Eight sums side by side, of every eighth product each; the definition of the score. */
  static float scoreByScalars(double[] query, float[] passages, int from) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = 0;
    for (int end = query.length - 7; i < end; i += 8) {
      // The product of two floats is exact in double, so whether it is fused makes no difference.
      s0 += query[i] * passages[from + i];
      s1 += query[i + 1] * passages[from + i + 1];
      s2 += query[i + 2] * passages[from + i + 2];
      s3 += query[i + 3] * passages[from + i + 3];
      s4 += query[i + 4] * passages[from + i + 4];
      s5 += query[i + 5] * passages[from + i + 5];
      s6 += query[i + 6] * passages[from + i + 6];
      s7 += query[i + 7] * passages[from + i + 7];
    }
    return rounded(s0 + s4, s1 + s5, s2 + s6, s3 + s7, tail(query, passages, from, i));
  }

  /** The same sums in the lanes of two vectors: the same result to the bit. */
  static float scoreByVectors(double[] query, float[] passages, int from) {
    DoubleVector low = DoubleVector.zero(DOUBLES);
    DoubleVector high = DoubleVector.zero(DOUBLES);
    int i = 0;
    for (int end = query.length - 7; i < end; i += 8) {
      low = low.add(product(query, passages, from, i));
      high = high.add(product(query, passages, from, i + 4));
    }
    DoubleVector sum = low.add(high);
    return rounded(
        sum.lane(0), sum.lane(1), sum.lane(2), sum.lane(3), tail(query, passages, from, i));
  }

  private static DoubleVector product(double[] query, float[] passages, int from, int i) {
    DoubleVector widened =
        (DoubleVector)
            FloatVector.fromArray(FLOATS, passages, from + i)
                .convertShape(VectorOperators.F2D, DOUBLES, 0);
    return widened.mul(DoubleVector.fromArray(DOUBLES, query, i));
  }

  private static double tail(double[] query, float[] passages, int from, int start) {
    double sum = 0;
    for (int i = start; i < query.length; i++) {
      sum += query[i] * passages[from + i];
    }
    return sum;
  }

  private static float rounded(double s0, double s1, double s2, double s3, double tail) {
    // Adding zero turns -0 into 0: they are a tie and must look like one.
    return (float) (((s0 + s2) + (s1 + s3)) + tail) + 0.0f;
  }

  /** Euclidean length; NaN or infinite if a component is. */
  static double norm(float[] vector, int dimension) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (int end = dimension - 3; i < end; i += 4) {
      s0 += (double) vector[i] * vector[i];
      s1 += (double) vector[i + 1] * vector[i + 1];
      s2 += (double) vector[i + 2] * vector[i + 2];
      s3 += (double) vector[i + 3] * vector[i + 3];
    }
    for (; i < dimension; i++) {
      s0 += (double) vector[i] * vector[i];
    }
    return Math.sqrt((s0 + s1) + (s2 + s3));
  }

  /**
   * A bound on the difference between {@link #score} and the same inner product summed in single
   * precision in any order, fused or not.
   *
   * <p>A sum of n products in precision u is off by at most n u / (1 - n u) times the sum of the
   * products' magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), and
   * that sum is at most the product of the two lengths (Cauchy and Schwarz). A matrix product adds
   * partial sums of blocks on top, for which n is taken a good deal larger than the dimension. The
   * double-precision sum and its rounding to float are bounded alike, underflow by the smallest
   * normal number for each product.
   *
   * @param norms the product of the two vectors' lengths, or of bounds on them
   */
  static double errorBound(int dimension, double norms) {
    double single = (dimension + dimension / 16.0 + 16) * FLOAT_UNIT;
    double relative = single / (1 - single) + 2 * dimension * DOUBLE_UNIT + FLOAT_UNIT;
    return 1.0001 * relative * norms + (dimension + 1.0) * Float.MIN_NORMAL;
  }
}
