package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;

/**
 * Rows as a search needs them: the vectors, their lengths, and where the search multiplies
 * eight-bit integers their rounded form. Read by any number of threads.
 */
final class SearchRows implements AutoCloseable {

  /** Lengths from which intermediate float results of rounded products might overflow. */
  static final double LARGEST_FOR_INT8 = 1e30;

  private final VectorMatrix vectors;
  private final float[] norms;
  private final double largestNorm;
  private final RoundedRows rounded;

  /**
   * Measures the rows, and rounds them where that can be of use.
   *
   * @param ids for the message about a row that is not finite
   * @throws IllegalArgumentException if a row is not finite
   */
  SearchRows(VectorMatrix vectors, PassageIds ids, SearchCompute compute) {
    this.vectors = vectors;
    this.norms = new float[vectors.rows()];
    double largest = 0;
    float[] row = new float[vectors.dimension()];
    for (int i = 0; i < norms.length; i++) {
      vectors.copyRow(i, row);
      double norm = ExactScore.norm(row, row.length);
      if (!Double.isFinite(norm)) {
        throw new IllegalArgumentException(
            "the vector of passage '"
                + ids.get(i)
                + "' (row "
                + i
                + ") has a component that is NaN or infinite");
      }
      norms[i] = Math.nextUp((float) norm);
      largest = Math.max(largest, norm);
    }
    this.largestNorm = largest;
    this.rounded =
        compute.int8() && vectors.dimension() <= Int8Gemm.LONGEST && largest <= LARGEST_FOR_INT8
            ? new RoundedRows(vectors)
            : null;
  }

  /** The vectors, which their owner closes. */
  VectorMatrix vectors() {
    return vectors;
  }

  /** At least the Euclidean length of each row. */
  float[] norms() {
    return norms;
  }

  /** The Euclidean length of the longest row. */
  double largestNorm() {
    return largestNorm;
  }

  /** The rounded rows, or null. */
  RoundedRows rounded() {
    return rounded;
  }

  @Override
  public void close() {
    if (rounded != null) {
      rounded.close();
    }
  }
}
