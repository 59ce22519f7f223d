package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Ranks rows that another search proposed by the exact score, in the order that {@link
 * ExactSearcher} has; so what both find has the same score, and hits of both can be merged.
 */
public final class ExactRanking {

  private final VectorMatrix vectors;
  private final PassageIds ids;

  /**
   * A ranking over vectors, which it does not own.
   *
   * @throws IllegalArgumentException if numbers of vectors and ids differ
   */
  public ExactRanking(VectorMatrix vectors, PassageIds ids) {
    if (vectors.rows() != ids.size()) {
      throw new IllegalArgumentException(
          vectors.rows() + " vectors but " + ids.size() + " passage ids");
    }
    this.vectors = vectors;
    this.ids = ids;
  }

  /**
   * The best of the rows proposed for each query.
   *
   * @param queries one a row, of the vectors' dimension
   * @param proposed different rows for each query, in any order
   * @param k how many each query keeps at most
   * @throws ArithmeticException if a score is not finite
   */
  public PartHits best(VectorMatrix queries, int[][] proposed, int k) {
    if (k < 1 || proposed.length != queries.rows() || queries.dimension() != vectors.dimension()) {
      throw new IllegalArgumentException(
          "expected a positive k, rows for each query and queries of "
              + vectors.dimension()
              + " components, got k "
              + k
              + ", rows for "
              + proposed.length
              + " of "
              + queries.rows()
              + " queries of "
              + queries.dimension());
    }
    int[] starts = new int[proposed.length + 1];
    for (int q = 0; q < proposed.length; q++) {
      starts[q + 1] = Math.addExact(starts[q], Math.min(k, proposed[q].length));
    }
    float[] scores = new float[starts[proposed.length]];
    int[] rows = new int[scores.length];
    float[] row = new float[vectors.dimension()];
    double[] query = new double[row.length];
    FloatBuffer all = vectors.buffer();
    for (int q = 0; q < proposed.length; q++) {
      queries.copyRow(q, row);
      for (int i = 0; i < row.length; i++) {
        query[i] = row[i];
      }
      long[] keys = new long[proposed[q].length];
      for (int i = 0; i < keys.length; i++) {
        all.get(proposed[q][i] * row.length, row, 0, row.length);
        float score = ExactScore.score(query, row, 0);
        requireFinite(score, ids, proposed[q][i]);
        keys[i] = ScoreKeys.key(score, proposed[q][i]);
      }
      Arrays.sort(keys);
      handOver(keys, scores, rows, starts[q], starts[q + 1]);
    }
    return new PartHits(starts, scores, rows);
  }

  /** Vectors that were mapped are not checked: a damaged one must not be ranked, NaN the first. */
  static void requireFinite(float score, PassageIds ids, int row) {
    if (!Float.isFinite(score)) {
      throw new ArithmeticException(
          "the score of passage '"
              + ids.get(row)
              + "' (row "
              + row
              + ") is "
              + score
              + ": a component of its vector or of the query is not finite, or both are too long");
    }
  }

  private void handOver(long[] ascending, float[] scores, int[] rows, int from, int to) {
    int at = from;
    for (int end = ascending.length; end > 0 && at < to; ) {
      float score = ScoreKeys.score(ascending[end - 1]);
      int start = end - 1;
      while (start > 0 && ScoreKeys.score(ascending[start - 1]) == score) {
        start--;
      }
      for (int row : Reranking.tied(ids, ascending, start, end)) {
        if (at < to) {
          scores[at] = score;
          rows[at++] = row;
        }
      }
      end = start;
    }
  }
}
