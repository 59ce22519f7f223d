package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Many numbers on their way to files and back: little-endian bytes in large blocks.
 *
 * <p>It is either a view of an array, which must not change while the view is in use, or what was
 * read, on the heap.
 */
public final class FlatFloats {
  private final HostAccess array;
  private final float[] values;

  private FlatFloats(HostAccess array, float[] values) {
    this.array = array;
    this.values = values;
  }

  /**
   * A view of a float32 array.
   *
   * @param array contiguous; null stands for no numbers (an updater without state)
   */
  public static FlatFloats of(INDArray array) {
    return array == null
        ? new FlatFloats(null, new float[0])
        : new FlatFloats(HostAccess.of(array), null);
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
    long length = target == null ? 0 : target.length();
    if (length != size()) {
      throw new IllegalArgumentException(
          "%d numbers do not fit an array of %d".formatted(size(), length));
    }
    if (target == null) {
      return;
    }
    HostAccess to = HostAccess.of(target);
    float[] stretch = new float[HostAccess.STRETCH];
    for (long from = 0; from < size(); from += HostAccess.STRETCH) {
      to.write(from, stretch, read(from, stretch));
    }
  }

  /** Copies elements from one on and returns how many. */
  private int read(long from, float[] stretch) {
    int count = (int) Math.min(stretch.length, size() - from);
    if (array == null) {
      System.arraycopy(values, (int) from, stretch, 0, count);
    } else {
      array.read(from, stretch, count);
    }
    return count;
  }

  private static ByteBuffer bytes() {
    return ByteBuffer.allocate(Float.BYTES * HostAccess.STRETCH).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Writes the numbers as little-endian float32.
   *
   * @throws IOException if the stream fails
   */
  public void writeTo(OutputStream out) throws IOException {
    ByteBuffer bytes = bytes();
    float[] stretch = new float[HostAccess.STRETCH];
    for (long from = 0; from < size(); from += HostAccess.STRETCH) {
      int count = read(from, stretch);
      bytes.asFloatBuffer().put(stretch, 0, count);
      out.write(bytes.array(), 0, Float.BYTES * count);
    }
  }

  /**
   * Reads little-endian float32.
   *
   * @throws IOException if the stream fails or ends early
   */
  public static FlatFloats readFrom(InputStream in, int count) throws IOException {
    float[] values = new float[count];
    ByteBuffer bytes = bytes();
    for (int from = 0; from < count; from += HostAccess.STRETCH) {
      int length = Math.min(HostAccess.STRETCH, count - from);
      if (in.readNBytes(bytes.array(), 0, Float.BYTES * length) < Float.BYTES * length) {
        throw new IOException("fewer than " + count + " numbers");
      }
      bytes.asFloatBuffer().get(values, from, length);
    }
    return new FlatFloats(null, values);
  }
}
