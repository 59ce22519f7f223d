package dev.tandem.jobs.train.averaging;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Many numbers on their way between driver, workers and files: little-endian bytes in large blocks,
 * several times faster than Java serialization of an INDArray.
 *
 * <p>It is either a view of an array, which must not change while the view is in use, or what was
 * read, on the heap.
 */
public final class FlatFloats implements Externalizable {
  private static final long serialVersionUID = 2L;
  private static final int BLOCK = 1 << 18;

  private INDArray array;
  private float[] values = new float[0];

  /** For deserialization; no numbers. */
  public FlatFloats() {}

  private FlatFloats(INDArray array, float[] values) {
    this.array = array;
    this.values = values;
  }

  /**
   * A view of a float32 array.
   *
   * @param array contiguous; null stands for no numbers (an updater without state)
   */
  public static FlatFloats of(INDArray array) {
    if (array == null) {
      return new FlatFloats();
    }
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException("a float32 array is needed, not " + array.dataType());
    }
    return new FlatFloats(array.reshape(array.length()), null);
  }

  /** Number of elements. */
  public long size() {
    return array == null ? values.length : array.length();
  }

  /**
   * Overwrites a float32 array.
   *
   * @param target contiguous, of as many elements; null where there are no numbers
   * @throws IllegalArgumentException if the lengths differ
   */
  public void copyTo(INDArray target) {
    requireLength(target);
    if (target == null) {
      return;
    }
    if (array != null) {
      target.assign(array.reshape(target.shape()));
    } else if (Nd4j.getBackend().getEnvironment().isCPU()) {
      buffer(target).put(values);
    } else {
      target.assign(Nd4j.createFromArray(values).reshape(target.shape()));
    }
  }

  /** The elements of an array on the CPU, from its first one. */
  static FloatBuffer buffer(INDArray array) {
    FloatBuffer all = array.data().asNioFloat();
    // The buffer of a view may be the whole array's
    if (all.remaining() > array.length()) {
      all.position(Math.toIntExact(array.offset()));
    }
    return all;
  }

  private void requireLength(INDArray target) {
    long length = target == null ? 0 : target.length();
    if (length != size()) {
      throw new IllegalArgumentException(
          "%d numbers do not fit an array of %d".formatted(size(), length));
    }
  }

  /** The numbers from one on, at most as many as a block. */
  private float[] block(int from) {
    int count = (int) Math.min(BLOCK, size() - from);
    float[] block = new float[count];
    if (array == null) {
      System.arraycopy(values, from, block, 0, count);
    } else {
      INDArray part = array.get(NDArrayIndex.interval(from, from + count)).dup();
      part.data().asNioFloat().get(block);
      part.close();
    }
    return block;
  }

  private interface Sink {
    void write(byte[] bytes, int offset, int length) throws IOException;
  }

  private interface Source {
    void readFully(byte[] bytes, int offset, int length) throws IOException;
  }

  private void write(Sink sink) throws IOException {
    ByteBuffer bytes = bytes(size());
    for (int from = 0; from < size(); from += BLOCK) {
      float[] block = block(from);
      bytes.asFloatBuffer().put(block);
      sink.write(bytes.array(), 0, 4 * block.length);
    }
  }

  private static float[] read(Source source, int count) throws IOException {
    float[] values = new float[count];
    ByteBuffer bytes = bytes(count);
    for (int from = 0; from < count; from += BLOCK) {
      int length = Math.min(BLOCK, count - from);
      source.readFully(bytes.array(), 0, 4 * length);
      bytes.asFloatBuffer().get(values, from, length);
    }
    return values;
  }

  private static ByteBuffer bytes(long elements) {
    return ByteBuffer.allocate(4 * (int) Math.min(BLOCK, elements)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Writes the numbers as little-endian float32.
   *
   * @throws IOException if the stream fails
   */
  public void writeTo(OutputStream out) throws IOException {
    write(out::write);
  }

  /**
   * Reads little-endian float32.
   *
   * @throws IOException if the stream fails or ends early
   */
  public static FlatFloats readFrom(InputStream in, int count) throws IOException {
    float[] values =
        read(
            (bytes, offset, length) -> {
              if (in.readNBytes(bytes, offset, length) < length) {
                throw new IOException("fewer than " + count + " numbers");
              }
            },
            count);
    return new FlatFloats(null, values);
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    out.writeInt(Math.toIntExact(size()));
    write(out::write);
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    values = read(in::readFully, in.readInt());
  }
}
