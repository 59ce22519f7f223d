package dev.tandem.index.search;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A collection's vectors rounded to eight-bit integers, each with a scale of its own and with
 * bounds on what that loses: a quarter of the memory that the vectors take, and sixteen bytes a
 * row.
 *
 * <p>Made once and then only read, by any number of threads. Whoever made it closes it.
 */
final class RoundedRows implements AutoCloseable {

  /** Dimensions and numbers of rows are multiples of this in memory; what is added is zero. */
  static final int PADDING = 16;

  private final int stride;
  private final BytePointer levels;
  private final float[] scales;
  private final float[] rests;
  private final float[] lengths;
  private final int[] shifts;

  /** Rounds all rows, which must be finite. */
  RoundedRows(VectorMatrix vectors) {
    int rows = vectors.rows();
    int padded = padded(rows);
    this.stride = padded(vectors.dimension());
    this.levels = new BytePointer(Math.max(1L, (long) padded * stride));
    Pointer.memset(levels, 0, levels.capacity());
    this.scales = new float[padded];
    this.rests = new float[padded];
    this.lengths = new float[padded];
    this.shifts = new int[padded];
    Int8Rounding rounding = new Int8Rounding(vectors.dimension(), stride);
    float[] row = new float[vectors.dimension()];
    ByteBuffer target = levels.asByteBuffer();
    for (int i = 0; i < rows; i++) {
      vectors.copyRow(i, row);
      rounding.round(row);
      target.put(rounding.levels());
      scales[i] = rounding.scale();
      rests[i] = rounding.rest();
      lengths[i] = rounding.length();
      shifts[i] = Int8Products.ZERO * rounding.sum();
    }
  }

  /** The next multiple of {@link #PADDING}. */
  static int padded(int count) {
    return (count + PADDING - 1) / PADDING * PADDING;
  }

  /** Bytes from one row to the next. */
  int stride() {
    return stride;
  }

  /** A row's first level; of [rows, stride]. */
  Pointer pointer(int row) {
    return levels.getPointer((long) row * stride);
  }

  /** What each row's levels are to be multiplied with. */
  float[] scales() {
    return scales;
  }

  /** At least the length of what each row lost. */
  float[] rests() {
    return rests;
  }

  /** At least the length of each row as it was rounded. */
  float[] lengths() {
    return lengths;
  }

  /** What products with the unsigned queries are too large by, for each row. */
  int[] shifts() {
    return shifts;
  }

  @Override
  public void close() {
    levels.deallocate();
  }
}
