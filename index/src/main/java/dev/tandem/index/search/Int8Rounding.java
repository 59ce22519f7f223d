package dev.tandem.index.search;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounds one vector after another to eight-bit integers times a scale, {@code v = scale * levels +
 * rest}, and measures what that loses. The measures are bounds from above, whatever was rounded on
 * the way. Used by one thread.
 */
final class Int8Rounding {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final int LEVELS = 127;

  /** Added to a small float, it leaves the nearest integer in the last bits. */
  private static final float ROUNDER = 0x1.8p23f;

  /** Covers the rounding of the sums of squares, of up to 65,536 terms. */
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
    if (scale == 0) {
      Arrays.fill(integers, 0);
    } else {
      divide(vector);
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
    rest = above(Math.sqrt(restSquares(vector)));
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

  private void divide(float[] vector) {
    IntVector rounder = IntVector.broadcast(INTS, Float.floatToRawIntBits(ROUNDER));
    int i = 0;
    for (int end = FLOATS.loopBound(dimension); i < end; i += FLOATS.length()) {
      FloatVector.fromArray(FLOATS, vector, i)
          .div(scale)
          .max(-LEVELS)
          .min(LEVELS)
          .add(ROUNDER)
          .reinterpretAsInts()
          .sub(rounder)
          .intoArray(integers, i);
    }
    for (; i < dimension; i++) {
      integers[i] = (int) Math.rint(Math.max(-LEVELS, Math.min(LEVELS, vector[i] / scale)));
    }
  }

  /** Sum of squares of {@code vector - scale * levels}. */
  private double restSquares(float[] vector) {
    DoubleVector squares = DoubleVector.zero(DOUBLES);
    FloatVector negative = FloatVector.broadcast(FLOATS, -scale);
    int half = DOUBLES.length();
    int i = 0;
    for (int end = FLOATS.loopBound(dimension); i < end; i += FLOATS.length()) {
      FloatVector level =
          (FloatVector) IntVector.fromArray(INTS, integers, i).convert(VectorOperators.I2F, 0);
      // Fused: the difference is rounded once, so its relative error is that of a float.
      FloatVector rest = level.fma(negative, FloatVector.fromArray(FLOATS, vector, i));
      for (int part = 0; part < FLOATS.length() / half; part++) {
        DoubleVector wide = (DoubleVector) rest.convertShape(VectorOperators.F2D, DOUBLES, part);
        squares = wide.fma(wide, squares);
      }
    }
    double all = squares.reduceLanes(VectorOperators.ADD);
    for (; i < dimension; i++) {
      double rest = vector[i] - (double) scale * integers[i];
      all += rest * rest;
    }
    return all;
  }

  /** At least the value, though a float. */
  private static float above(double value) {
    // The smallest number is for what a fused difference loses below the normal numbers.
    return value == 0 ? 0 : Math.nextUp((float) (value * ABOVE)) + Float.MIN_NORMAL;
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
