package dev.tandem.index.hnsw;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.apache.lucene.util.hnsw.RandomAccessVectorValues;

/**
 * A matrix as Lucene sees vectors. One for each thread, as {@link #vectorValue} gives the same
 * array each time; the matrix is shared.
 */
final class FloatVectors implements RandomAccessVectorValues.Floats {

  private final VectorMatrix matrix;
  private final FloatBuffer floats;
  private final float[] row;

  FloatVectors(VectorMatrix matrix) {
    this.matrix = matrix;
    this.floats = matrix.buffer();
    this.row = new float[matrix.dimension()];
  }

  @Override
  public int size() {
    return matrix.rows();
  }

  @Override
  public int dimension() {
    return matrix.dimension();
  }

  @Override
  public float[] vectorValue(int ordinal) {
    floats.get(ordinal * row.length, row, 0, row.length);
    return row;
  }

  /** All vectors' bytes, in the machine's byte order. */
  ByteBuffer bytes() {
    return matrix.bytes();
  }

  @Override
  public FloatVectors copy() {
    return new FloatVectors(matrix);
  }
}
