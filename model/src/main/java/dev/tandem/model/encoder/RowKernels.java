package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.get;
import static dev.tandem.model.encoder.VectorMath.load;
import static dev.tandem.model.encoder.VectorMath.put;
import static dev.tandem.model.encoder.VectorMath.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Copies, sums and dot products of rows. Offsets count floats. */
final class RowKernels {

  private RowKernels() {}

  /** {@code target = source}. */
  static void copy(
      FloatMemory source, long sourceOffset, FloatMemory target, long targetOffset, int width) {
    ByteBuffer from = source.bytes();
    ByteBuffer to = target.bytes();
    int a = (int) sourceOffset;
    int b = (int) targetOffset;
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      store(load(from, a + i), to, b + i);
    }
    for (; i < width; i++) {
      put(to, b + i, get(from, a + i));
    }
  }

  /** {@code target += source}. */
  static void add(
      FloatMemory source, long sourceOffset, FloatMemory target, long targetOffset, int width) {
    ByteBuffer from = source.bytes();
    ByteBuffer to = target.bytes();
    int a = (int) sourceOffset;
    int b = (int) targetOffset;
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      store(load(to, b + i).add(load(from, a + i)), to, b + i);
    }
    for (; i < width; i++) {
      put(to, b + i, get(to, b + i) + get(from, a + i));
    }
  }

  /** {@code target *= factor}. */
  static void scale(FloatMemory target, long offset, int width, float factor) {
    ByteBuffer to = target.bytes();
    int b = (int) offset;
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      store(load(to, b + i).mul(factor), to, b + i);
    }
    for (; i < width; i++) {
      put(to, b + i, get(to, b + i) * factor);
    }
  }

  /** Sum of the products of two rows. */
  static float dot(
      FloatMemory left, long leftOffset, FloatMemory right, long rightOffset, int width) {
    ByteBuffer x = left.bytes();
    ByteBuffer y = right.bytes();
    int a = (int) leftOffset;
    int b = (int) rightOffset;
    FloatVector total = FloatVector.zero(VectorMath.SPECIES);
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      total = load(x, a + i).fma(load(y, b + i), total);
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < width; i++) {
      sum += get(x, a + i) * get(y, b + i);
    }
    return sum;
  }

  /** Copies one row over each of {@code rows} rows. */
  static void repeat(FloatMemory row, FloatMemory target, int rows, int width) {
    for (int r = 0; r < rows; r++) {
      copy(row, 0, target, (long) r * width, width);
    }
  }

  /** Adds the column sums of a [rows, width] matrix to {@code sums} [width]. */
  static void addColumnSums(FloatMemory matrix, FloatMemory sums, int rows, int width) {
    for (int r = 0; r < rows; r++) {
      add(matrix, (long) r * width, sums, 0, width);
    }
  }
}
