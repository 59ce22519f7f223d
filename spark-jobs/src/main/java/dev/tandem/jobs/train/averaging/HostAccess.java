package dev.tandem.jobs.train.averaging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Reads and writes stretches of an array: on a CPU backend in the array's own memory, else through
 * ND4J, which copies from and to the device. It must not outlive the array.
 */
final class HostAccess {
  /** A number of elements that is read or written at once: they stay in a core's cache. */
  static final int STRETCH = 1 << 16;

  private final INDArray flat;
  private final boolean inHostMemory;

  private HostAccess(INDArray flat, boolean inHostMemory) {
    this.flat = flat;
    this.inHostMemory = inHostMemory;
  }

  /**
   * Access to an array.
   *
   * @param array float32 and contiguous
   */
  static HostAccess of(INDArray array) {
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException("a float32 array is needed, not " + array.dataType());
    }
    INDArray flat = array.reshape(array.length());
    return new HostAccess(
        flat, Nd4j.getBackend().getEnvironment().isCPU() && flat.elementWiseStride() == 1);
  }

  long length() {
    return flat.length();
  }

  /** Whether elements are read and written where they are. */
  boolean isInHostMemory() {
    return inHostMemory;
  }

  /** Copies elements from one on to the beginning of {@code values}. */
  void read(long from, float[] values, int count) {
    if (inHostMemory) {
      memory(from, count).asFloatBuffer().get(values, 0, count);
      return;
    }
    INDArray part = flat.get(NDArrayIndex.interval(from, from + count)).dup();
    part.data().asNioFloat().get(values, 0, count);
    part.close();
  }

  /** Overwrites elements from one on with the first of {@code values}. */
  void write(long from, float[] values, int count) {
    if (inHostMemory) {
      memory(from, count).asFloatBuffer().put(values, 0, count);
      return;
    }
    INDArray part = Nd4j.createFromArray(Arrays.copyOf(values, count));
    flat.get(NDArrayIndex.interval(from, from + count)).assign(part);
    part.close();
  }

  /**
   * Elements as little-endian bytes: the memory itself where it is the host's, so that changes show
   * and the bytes live as long as the array; else a copy.
   */
  ByteBuffer bytes(long from, int count) {
    if (inHostMemory && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      return memory(from, count);
    }
    float[] values = new float[count];
    read(from, values, count);
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  // A new buffer from the first element on each time: a direct buffer has 2 GiB at most, an array
  // may have more. Nobody can free the memory through it, as it is no slice of another buffer.
  private ByteBuffer memory(long from, int count) {
    Pointer array = flat.data().addressPointer();
    return new FloatPointer(array) {
      {
        address = array.address() + Float.BYTES * from;
      }
    }.capacity(count).asByteBuffer().order(ByteOrder.nativeOrder());
  }
}
