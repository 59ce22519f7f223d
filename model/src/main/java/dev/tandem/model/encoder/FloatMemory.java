package dev.tandem.model.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A stretch of float32 values off heap, readable both by native code and by vector kernels.
 *
 * <p>The memory itself belongs to whoever made it: {@link Scratch} or the caller of the engine. A
 * view must not outlive it.
 */
final class FloatMemory {

  /** The most floats one stretch can hold, as a direct buffer has at most 2 GiB. */
  static final long MAX_FLOATS = Integer.MAX_VALUE / Float.BYTES;

  private final FloatPointer base;
  private final FloatPointer left;
  private final FloatPointer right;
  private final FloatPointer result;
  private final ByteBuffer bytes;
  private final long size;

  /**
   * Memory from a pointer on.
   *
   * @param start its first element
   * @param size floats to use
   */
  FloatMemory(FloatPointer start, long size) {
    this.size = size;
    base = start.getPointer(0).capacity(size);
    left = base.getPointer(0);
    right = base.getPointer(0);
    result = base.getPointer(0);
    bytes = size <= MAX_FLOATS ? base.asByteBuffer().order(ByteOrder.nativeOrder()) : null;
  }

  /**
   * The memory of an array, without copying.
   *
   * @throws IllegalArgumentException if it is not float32, c-order and contiguous in host memory
   */
  static FloatMemory of(String what, INDArray array, long size) {
    requireDense(what, array, size);
    Pointer pointer = array.data().addressPointer();
    return new FloatMemory(new FloatPointer(pointer), size);
  }

  /** Checks what {@link EncoderEngine} asks of its arrays. */
  static void requireDense(String what, INDArray array, long size) {
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(what + " must be float32, not " + array.dataType());
    }
    if (array.length() != size) {
      throw new IllegalArgumentException(
          what + " must have " + size + " elements, not " + array.length());
    }
    long expected = 1;
    for (int dimension = array.rank() - 1; dimension >= 0; dimension--) {
      if (array.size(dimension) != 1 && array.stride(dimension) != expected) {
        throw new IllegalArgumentException(
            what + " must be contiguous in c-order; copy it with dup('c') first");
      }
      expected *= array.size(dimension);
    }
  }

  /** Part of this memory. */
  FloatMemory view(long offset, long length) {
    if (offset < 0 || length < 0 || offset + length > size) {
      throw new IndexOutOfBoundsException(
          "floats " + offset + " to " + (offset + length) + " of " + size);
    }
    return new FloatMemory(base.getPointer(offset), length);
  }

  long size() {
    return size;
  }

  long address() {
    return base.address();
  }

  /** The values as bytes in native order; only for stretches up to {@link #MAX_FLOATS}. */
  ByteBuffer bytes() {
    return bytes;
  }

  float get(long index) {
    return bytes.getFloat((int) (index * Float.BYTES));
  }

  void put(long index, float value) {
    bytes.putFloat((int) (index * Float.BYTES), value);
  }

  /** Sets all values to zero. */
  void clear() {
    Pointer.memset(base, 0, size * Float.BYTES);
  }

  /**
   * Where a native call finds its left operand. Three cursors, so that one memory can serve all.
   */
  FloatPointer asLeft(long offset) {
    return left.position(offset);
  }

  /** Where a native call finds its right operand. */
  FloatPointer asRight(long offset) {
    return right.position(offset);
  }

  /** Where a native call writes its result. */
  FloatPointer asResult(long offset) {
    return result.position(offset);
  }
}
