package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Vectors in native memory, row-major [rows, dimension], below 2 GB.
 *
 * <p>Whoever made it closes it; nothing may use it or its buffer afterwards. Reading from several
 * threads is safe once it is filled.
 */
public final class VectorMatrix implements AutoCloseable {

  private final int rows;
  private final int dimension;
  private final FloatPointer memory;
  private boolean closed;

  private VectorMatrix(int rows, int dimension, FloatPointer memory) {
    this.rows = rows;
    this.dimension = dimension;
    this.memory = memory;
  }

  /**
   * A matrix with unspecified content.
   *
   * @throws IllegalArgumentException if rows is negative, dimension not positive, or both together
   *     take 2 GB or more
   */
  @SuppressWarnings("resource")
  public static VectorMatrix allocate(int rows, int dimension) {
    if (rows < 0 || dimension < 1 || 4L * rows * dimension > VectorPart.MAX_VECTORS_BYTES) {
      throw new IllegalArgumentException(
          "a matrix needs rows >= 0, dimension >= 1 and at most "
              + VectorPart.MAX_VECTORS_BYTES
              + " bytes, got "
              + rows
              + " x "
              + dimension);
    }
    return new VectorMatrix(
        rows, dimension, new FloatPointer(Math.max(1L, (long) rows * dimension)));
  }

  /** A matrix with a copy of these rows, all of the same length. */
  public static VectorMatrix copyOf(float[][] vectors, int dimension) {
    VectorMatrix matrix = allocate(vectors.length, dimension);
    try {
      FloatBuffer buffer = matrix.buffer();
      for (int row = 0; row < vectors.length; row++) {
        if (vectors[row].length != dimension) {
          throw new IllegalArgumentException(
              "vector " + row + " has " + vectors[row].length + " floats, the matrix " + dimension);
        }
        buffer.put(vectors[row]);
      }
      return matrix;
    } catch (RuntimeException e) {
      matrix.close();
      throw e;
    }
  }

  /**
   * A matrix with a copy of row-major floats.
   *
   * @param values of length rows times dimension
   */
  public static VectorMatrix copyOf(float[] values, int rows, int dimension) {
    if (values.length != (long) rows * dimension) {
      throw new IllegalArgumentException(
          "expected " + rows + " x " + dimension + " floats, got " + values.length);
    }
    VectorMatrix matrix = allocate(rows, dimension);
    matrix.buffer().put(values);
    return matrix;
  }

  /** Number of vectors. */
  public int rows() {
    return rows;
  }

  /** Floats in a vector. */
  public int dimension() {
    return dimension;
  }

  /** The content as a buffer from position 0, row-major; shares the memory. */
  public FloatBuffer buffer() {
    checkOpen();
    FloatBuffer buffer = memory.asBuffer();
    return buffer.limit(rows * dimension);
  }

  /** The content as bytes from position 0, in the machine's byte order; shares the memory. */
  public ByteBuffer bytes() {
    checkOpen();
    ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    return bytes.limit(rows * dimension * Float.BYTES);
  }

  /** A pointer to a row's first float; shares the memory. */
  public FloatPointer pointer(int row) {
    checkOpen();
    return memory.getPointer((long) row * dimension);
  }

  /** Copies a row into an array of at least the dimension's length. */
  public void copyRow(int row, float[] into) {
    buffer().get(row * dimension, into, 0, dimension);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the matrix was closed");
    }
  }

  /** Frees the memory. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.deallocate();
    }
  }
}
