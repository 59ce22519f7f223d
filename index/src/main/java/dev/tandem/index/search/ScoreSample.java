package dev.tandem.index.search;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;

/** Guesses from some rows of a collection what score its k-th best row will have. */
final class ScoreSample {

  private static final int FRACTION = 32;
  private static final int SMALLEST = 256;
  private static final int LARGEST = 8192;

  private ScoreSample() {}

  /** Rows at even distances, copied; none where the collection is too small to gain anything. */
  static VectorMatrix rows(VectorMatrix vectors) {
    int wanted = Math.min(LARGEST, Math.max(SMALLEST, vectors.rows() / FRACTION));
    int size = vectors.rows() < 4 * wanted ? 0 : wanted;
    VectorMatrix sample = VectorMatrix.allocate(size, vectors.dimension());
    FloatBuffer buffer = sample.buffer();
    float[] row = new float[vectors.dimension()];
    for (int i = 0; i < size; i++) {
      vectors.copyRow((int) ((long) i * vectors.rows() / size), row);
      buffer.put(row);
    }
    return sample;
  }

  /**
   * The rank in the sample whose score about k rows of the collection are sure to reach: the rank
   * to expect plus three standard deviations.
   *
   * @return 0 where the sample cannot tell
   */
  static int rank(int k, int sampleRows, int rows) {
    double expected = (double) k * sampleRows / rows;
    double rank = Math.ceil(expected + 3 * Math.sqrt(expected)) + 1;
    return rank * 2 > sampleRows ? 0 : (int) rank;
  }
}
