package dev.tandem.index.hnsw;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;

/**
 * Vectors rounded to eight bits: each component is a whole number from -127 to 127 times its
 * vector's scale, which is the largest magnitude of its components divided by 127. On the heap;
 * immutable and safe to share between threads.
 */
final class Int8Vectors {

  private final int dimension;
  private final byte[] components;
  private final float[] scales;

  private Int8Vectors(int dimension, byte[] components, float[] scales) {
    this.dimension = dimension;
    this.components = components;
    this.scales = scales;
  }

  /** Rounds all vectors of a matrix. */
  static Int8Vectors of(VectorMatrix matrix) {
    int dimension = matrix.dimension();
    byte[] components = new byte[matrix.rows() * dimension];
    float[] scales = new float[matrix.rows()];
    float[] row = new float[dimension];
    FloatBuffer floats = matrix.buffer();
    for (int i = 0; i < matrix.rows(); i++) {
      floats.get(row);
      scales[i] = round(row, components, i * dimension);
    }
    return new Int8Vectors(dimension, components, scales);
  }

  /** Rounds one vector into an array and returns its scale. */
  static float round(float[] vector, byte[] into, int at) {
    float largest = 0;
    for (float component : vector) {
      largest = Math.max(largest, Math.abs(component));
    }
    if (largest == 0) {
      return 0;
    }
    float scale = largest / 127;
    float inverse = 127 / largest;
    for (int i = 0; i < vector.length; i++) {
      into[at + i] = (byte) Math.round(vector[i] * inverse);
    }
    // Subnormal lengths: the scale may be zero while the inverse overflows; the products are then
    // 0.
    return Float.isFinite(inverse) ? scale : 0;
  }

  int size() {
    return scales.length;
  }

  int dimension() {
    return dimension;
  }

  /** All components, row after row; shared, not to be changed. */
  byte[] components() {
    return components;
  }

  float scale(int row) {
    return scales[row];
  }
}
