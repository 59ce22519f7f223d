package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Bytes times a scale of each vector.
 *
 * <p>A vector's scale is its largest magnitude divided by 127. What is read back has 127 times this
 * quotient as its largest magnitude, and divided by 127 that is the same quotient, although both
 * were rounded to float: for every float whose quotient is a normal number. So from what was read
 * the same scale is found, and the same bytes.
 */
final class Int8Rows implements RowFormat {

  private static final int LARGEST = 127;

  @Override
  public int bytes(int dimension) {
    return dimension;
  }

  @Override
  public int scaleBytes() {
    return Float.BYTES;
  }

  @Override
  public int unfit(float[] array, int from, int dimension) {
    if (Float.isFinite(LARGEST * scale(array, from, dimension))) {
      return -1;
    }
    int largest = 0;
    for (int i = 1; i < dimension; i++) {
      if (Math.abs(array[from + i]) > Math.abs(array[from + largest])) {
        largest = i;
      }
    }
    return largest;
  }

  @Override
  public String limit() {
    return "about 3.4e38";
  }

  @Override
  public void write(float[] array, int from, int dimension, ByteBuffer row, ByteBuffer scale) {
    float step = scale(array, from, dimension);
    scale.putFloat(step);
    for (int i = 0; i < dimension; i++) {
      row.put(step == 0 ? 0 : (byte) Math.rint(array[from + i] / step));
    }
  }

  /**
   * The scale of a vector. Zero where it would be subnormal, as those have too few bits to be found
   * again: a vector without a component of 127 times 2^-126 is stored as zeros.
   */
  private static float scale(float[] array, int from, int dimension) {
    float largest = 0;
    for (int i = 0; i < dimension; i++) {
      largest = Math.max(largest, Math.abs(array[from + i]));
    }
    float scale = largest / LARGEST;
    return scale < Float.MIN_NORMAL ? 0 : scale;
  }

  @Override
  public void read(byte[] rows, int count, int dimension, ByteBuffer scales, FloatBuffer into) {
    float[] vectors = new float[count * dimension];
    for (int row = 0; row < count; row++) {
      float step = scales.getFloat();
      for (int at = row * dimension, end = at + dimension; at < end; at++) {
        vectors[at] = step * rows[at];
      }
    }
    into.put(vectors);
  }
}
