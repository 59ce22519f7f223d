package dev.tandem.index.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Vectors in native memory, row-major [rows, dimension], below 2 GB: memory of its own, or a mapped
 * file, which cannot be written to.
 *
 * <p>Whoever made it closes it; nothing may use it or its buffer afterwards. Reading from several
 * threads is safe once it is filled.
 */
public final class VectorMatrix implements AutoCloseable {

  private final int rows;
  private final int dimension;
  private final FloatPointer memory;

  /** The mapped file that {@link #memory} points into; null for memory of its own. */
  private final ByteBuffer mapped;

  private boolean closed;

  private VectorMatrix(int rows, int dimension, FloatPointer memory, ByteBuffer mapped) {
    this.rows = rows;
    this.dimension = dimension;
    this.memory = memory;
    this.mapped = mapped;
  }

  /**
   * A matrix over a mapped file, which is not copied.
   *
   * <p>Closing it ends its use of the mapping; the memory itself is given back by garbage
   * collection once no buffer of it is in use either.
   *
   * @param content rows times dimension floats in the machine's byte order, from position 0
   * @throws IllegalArgumentException if the content is not direct or of another length
   */
  static VectorMatrix over(MappedByteBuffer content, int rows, int dimension) {
    if (!content.isDirect()
        || content.order() != ByteOrder.nativeOrder()
        || content.limit() != 4L * rows * dimension) {
      throw new IllegalArgumentException(
          rows
              + " x "
              + dimension
              + " floats in "
              + ByteOrder.nativeOrder()
              + " order do not lie in "
              + content.limit()
              + " bytes in "
              + content.order()
              + " order");
    }
    return new VectorMatrix(
        rows, dimension, new FloatPointer(content.asFloatBuffer()), content.duplicate());
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
        rows, dimension, new FloatPointer(Math.max(1L, (long) rows * dimension)), null);
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
    if (mapped != null) {
      return bytes().asFloatBuffer();
    }
    FloatBuffer buffer = memory.asBuffer();
    return buffer.limit(rows * dimension);
  }

  /** The content as bytes from position 0, in the machine's byte order; shares the memory. */
  public ByteBuffer bytes() {
    checkOpen();
    if (mapped != null) {
      // A view of the mapping itself keeps it from being given back while it is read.
      return mapped.duplicate().order(ByteOrder.nativeOrder());
    }
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

  /** Frees the memory, or ends the use of the mapped file. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.deallocate();
    }
  }
}
