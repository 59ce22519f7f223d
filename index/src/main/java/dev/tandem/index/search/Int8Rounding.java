package dev.tandem.index.search;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounds one vector after another to eight-bit integers times a scale, {@code v = scale * levels +
 * rest}, and measures what that loses. The measures are bounds from above, whatever was rounded on
 * the way. Used by one thread.
 */
final class Int8Rounding {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int LEVELS = 127;

  /** Added to a small float, it leaves the nearest integer in the last bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /**
   * More than a quotient and its difference from an integer are off by: quotients are below 191, as
   * the smallest number is at most 1.5 times a scale that was rounded to it.
   */
  private static final double DIVISION_ERROR = 0x1p-15;

  /** Covers the rounding of what is computed in double precision. */
  private static final double ABOVE = 1 + 1e-6;

  private final int dimension;
  private final int[] integers;
  private final byte[] levels;
  private float scale;
  private float rest;
  private float length;
  private int sum;

  /**
   * @param dimension of the vectors
   * @param padded length of the levels, zeros behind the dimension
   */
  Int8Rounding(int dimension, int padded) {
    this.dimension = dimension;
    this.integers = new int[padded];
    this.levels = new byte[padded];
  }

  /**
   * Rounds.
   *
   * @param vector finite components
   */
  void round(float[] vector) {
    scale = largest(vector) / LEVELS;
    double lost;
    if (scale == 0) {
      Arrays.fill(integers, 0);
      lost = ExactScore.norm(vector, dimension);
    } else {
      lost = scale * (Math.sqrt(divide(vector)) + Math.sqrt(dimension) * DIVISION_ERROR);
    }
    int levelSum = 0;
    int squares = 0;
    for (int i = 0; i < dimension; i++) {
      int level = integers[i];
      levels[i] = (byte) level;
      levelSum += level;
      squares += level * level;
    }
    sum = levelSum;
    length = above(scale * Math.sqrt(squares));
    rest = above(lost);
  }

  private float largest(float[] vector) {
    FloatVector most = FloatVector.zero(FLOATS);
    int i = 0;
    for (int end = FLOATS.loopBound(dimension); i < end; i += FLOATS.length()) {
      most = most.max(FloatVector.fromArray(FLOATS, vector, i).abs());
    }
    float largest = most.reduceLanes(VectorOperators.MAX);
    for (; i < dimension; i++) {
      largest = Math.max(largest, Math.abs(vector[i]));
    }
    return largest;
  }

  /**
   * Sets the integers.
   *
   * @return at least the sum of squares of what they differ by from the quotients
   */
  private double divide(float[] vector) {
    FloatVector squares = FloatVector.zero(FLOATS);
    int i = 0;
    for (int end = FLOATS.loopBound(dimension); i < end; i += FLOATS.length()) {
      FloatVector quotient = FloatVector.fromArray(FLOATS, vector, i).div(scale);
      FloatVector shifted = quotient.max(-LEVELS).min(LEVELS).add(ROUNDER);
      FloatVector difference = quotient.sub(shifted.sub(ROUNDER));
      squares = difference.fma(difference, squares);
      shifted.reinterpretAsInts().sub(ROUNDER_BITS).intoArray(integers, i);
    }
    double all = squares.reduceLanes(VectorOperators.ADD) * (1 + (dimension + 16) * 0x1p-24);
    for (; i < dimension; i++) {
      float quotient = vector[i] / scale;
      integers[i] = (int) Math.rint(Math.max(-LEVELS, Math.min(LEVELS, quotient)));
      double difference = quotient - integers[i];
      all += difference * difference;
    }
    return all;
  }

  /** At least the value, though a float. */
  private static float above(double value) {
    return value == 0 ? 0 : Math.nextUp((float) (value * ABOVE));
  }

  /** What the levels are to be multiplied with; 0 where all components are, or are minute. */
  float scale() {
    return scale;
  }

  /** The levels, from -127 to 127; overwritten by the next vector. */
  byte[] levels() {
    return levels;
  }

  /** Sum of the levels. */
  int sum() {
    return sum;
  }

  /** At least the Euclidean length of scale times levels. */
  float length() {
    return length;
  }

  /** At least the Euclidean length of what scale times levels is off by. */
  float rest() {
    return rest;
  }
}
