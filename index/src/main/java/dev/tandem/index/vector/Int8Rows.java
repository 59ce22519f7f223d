package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Bytes times a scale of each vector.
 *
 * <p>A scale has at most 17 significant bits, so that its product with a whole number of seven bits
 * is exact in single precision. The largest component comes back as exactly 127 times the scale,
 * from which the same scale is found again, and every other as a multiple of it: what was read and
 * is written again keeps its bytes.
 */
final class Int8Rows implements RowFormat {

  private static final int LARGEST = 127;

  /** The bits of a float's fraction that a scale has not. */
  private static final int DROPPED = 0x7F;

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
    int largest = 0;
    for (int i = 1; i < dimension; i++) {
      if (Math.abs(array[from + i]) > Math.abs(array[from + largest])) {
        largest = i;
      }
    }
    return Float.isInfinite(LARGEST * scale(array, from, dimension)) ? largest : -1;
  }

  @Override
  public String limit() {
    return "3.4028e38";
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
   * The scale of a vector. Zero where it would be subnormal, as subnormal numbers have not always
   * 17 bits: components below 127 times 2^-126 are stored as zeros.
   */
  private static float scale(float[] array, int from, int dimension) {
    float largest = 0;
    for (int i = 0; i < dimension; i++) {
      largest = Math.max(largest, Math.abs(array[from + i]));
    }
    int bits = Float.floatToRawIntBits(largest / LARGEST);
    float scale = Float.intBitsToFloat((bits + DROPPED) & ~DROPPED);
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
