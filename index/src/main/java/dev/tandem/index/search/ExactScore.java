package dev.tandem.index.search;

/**
 * The score that results carry: products and sums in double precision in one fixed order, rounded
 * to float once. It depends on the two vectors alone, so results do not change with the hardware,
 * the block sizes or the way a collection is split.
 */
final class ExactScore {

  private static final double FLOAT_UNIT = 0x1p-24;
  private static final double DOUBLE_UNIT = 0x1p-53;

  private ExactScore() {}

  /** Inner product of two vectors of the same length. */
  static float score(float[] query, float[] passage, int dimension) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = 0;
    for (int end = dimension - 7; i < end; i += 8) {
      // The product of two floats is exact in double, so whether it is fused makes no difference.
      s0 += (double) query[i] * passage[i];
      s1 += (double) query[i + 1] * passage[i + 1];
      s2 += (double) query[i + 2] * passage[i + 2];
      s3 += (double) query[i + 3] * passage[i + 3];
      s4 += (double) query[i + 4] * passage[i + 4];
      s5 += (double) query[i + 5] * passage[i + 5];
      s6 += (double) query[i + 6] * passage[i + 6];
      s7 += (double) query[i + 7] * passage[i + 7];
    }
    for (; i < dimension; i++) {
      s0 += (double) query[i] * passage[i];
    }
    double sum = ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    // Adding zero turns -0 into 0: they are a tie and must look like one.
    return (float) sum + 0.0f;
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
