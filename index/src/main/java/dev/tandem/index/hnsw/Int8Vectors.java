package dev.tandem.index.hnsw;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;

/**
 * Vectors rounded to eight bits: what a vector differs from the mean of all in is held as whole
 * numbers from -127 to 127 times the vector's scale, which is the largest magnitude of these
 * differences divided by 127. Without the mean, vectors that all point about the same way, as those
 * of many encoders do, would differ by less than the rounding. On the heap; immutable and safe to
 * share between threads.
 */
final class Int8Vectors {

  private final float[] mean;
  private final byte[] components;
  private final float[] scales;

  private Int8Vectors(float[] mean, byte[] components, float[] scales) {
    this.mean = mean;
    this.components = components;
    this.scales = scales;
  }

  /** Rounds all vectors of a matrix. */
  static Int8Vectors of(VectorMatrix matrix) {
    int dimension = matrix.dimension();
    byte[] components = new byte[matrix.rows() * dimension];
    float[] scales = new float[matrix.rows()];
    float[] row = new float[dimension];
    float[] mean = mean(matrix);
    FloatBuffer floats = matrix.buffer();
    for (int i = 0; i < matrix.rows(); i++) {
      floats.get(row);
      for (int j = 0; j < dimension; j++) {
        row[j] -= mean[j];
      }
      scales[i] = round(row, components, i * dimension);
    }
    return new Int8Vectors(mean, components, scales);
  }

  private static float[] mean(VectorMatrix matrix) {
    double[] sums = new double[matrix.dimension()];
    float[] row = new float[sums.length];
    FloatBuffer floats = matrix.buffer();
    for (int i = 0; i < matrix.rows(); i++) {
      floats.get(row);
      for (int j = 0; j < sums.length; j++) {
        sums[j] += row[j];
      }
    }
    float[] mean = new float[sums.length];
    for (int j = 0; j < sums.length; j++) {
      mean[j] = (float) (sums[j] / Math.max(1, matrix.rows()));
    }
    return mean;
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
    return mean.length;
  }

  /** The mean of all vectors; shared, not to be changed. */
  float[] mean() {
    return mean;
  }

  /** A vector as it is after rounding. */
  float[] restored(int row) {
    float[] vector = new float[mean.length];
    for (int j = 0; j < vector.length; j++) {
      vector[j] = mean[j] + scales[row] * components[row * vector.length + j];
    }
    return vector;
  }

  /** All differences from the mean, row after row; shared, not to be changed. */
  byte[] components() {
    return components;
  }

  float scale(int row) {
    return scales[row];
  }
}
