package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Scores the candidates of a block of queries by {@link ExactScore} and hands over the best of
 * each. Used by one thread.
 *
 * <p>Reading a thousand rows scattered over the collection for one query would take about as long
 * as its matrix product. So all queries of the block go through the collection together: a stretch
 * of rows is copied into cache once and scored for every query that has candidates there.
 */
final class Reranking {

  private static final int STRETCH_BYTES = 1 << 19;

  /** Below one candidate for so many rows, rows are read one by one. */
  private static final int SPARSE = 4;

  private final VectorMatrix vectors;
  private final PassageIds ids;
  private final VectorMatrix queries;
  private final int dimension;
  private final int stretchRows;
  private final float[] stretch;
  private final float[] queryRow;

  Reranking(VectorMatrix vectors, PassageIds ids, VectorMatrix queries) {
    this.vectors = vectors;
    this.ids = ids;
    this.queries = queries;
    this.dimension = vectors.dimension();
    this.stretchRows =
        Math.max(1, Math.min(vectors.rows(), STRETCH_BYTES / Float.BYTES / dimension));
    this.stretch = new float[stretchRows * dimension];
    this.queryRow = new float[dimension];
  }

  /** Ranks the candidates of {@code count} queries from {@code first} on. */
  void run(Candidates[] candidates, int first, int count, HitCollector hits) {
    double[][] widened = new double[count][dimension];
    int[][] rows = new int[count][];
    long[][] keys = new long[count][];
    int[] next = new int[count];
    for (int q = 0; q < count; q++) {
      queries.copyRow(first + q, queryRow);
      for (int i = 0; i < dimension; i++) {
        widened[q][i] = queryRow[i];
      }
      rows[q] = candidates[q].rows();
      Arrays.sort(rows[q]);
      keys[q] = new long[rows[q].length];
    }
    FloatBuffer all = vectors.buffer();
    int[] end = new int[count];
    for (int from = 0; from < vectors.rows(); from += stretchRows) {
      int to = Math.min(vectors.rows(), from + stretchRows);
      int inStretch = 0;
      for (int q = 0; q < count; q++) {
        int at = next[q];
        while (at < rows[q].length && rows[q][at] < to) {
          at++;
        }
        end[q] = at;
        inStretch += at - next[q];
      }
      boolean dense = inStretch * (long) SPARSE >= to - from;
      if (dense) {
        all.get(from * dimension, stretch, 0, (to - from) * dimension);
      }
      for (int q = 0; q < count; q++) {
        for (int at = next[q]; at < end[q]; at++) {
          int row = rows[q][at];
          if (!dense) {
            all.get(row * dimension, stretch, 0, dimension);
          }
          float score = ExactScore.score(widened[q], stretch, dense ? (row - from) * dimension : 0);
          keys[q][at] = ScoreKeys.key(score, row);
        }
        next[q] = end[q];
      }
    }
    for (int q = 0; q < count; q++) {
      handOver(first + q, keys[q], hits);
    }
  }

  private void handOver(int query, long[] keys, HitCollector hits) {
    Arrays.sort(keys);
    int rank = 0;
    // From the end, a run of equal scores at a time.
    for (int end = keys.length; end > 0 && rank < hits.perQuery(); ) {
      float score = ScoreKeys.score(keys[end - 1]);
      int start = end - 1;
      while (start > 0 && ScoreKeys.score(keys[start - 1]) == score) {
        start--;
      }
      if (end - start == 1) {
        hits.put(query, rank++, score, ScoreKeys.row(keys[start]));
      } else {
        for (int row : tied(ids, keys, start, end)) {
          if (rank < hits.perQuery()) {
            hits.put(query, rank++, score, row);
          }
        }
      }
      end = start;
    }
  }

  /** Rows of equal score in order: id in descending byte order, the same id by row. */
  static int[] tied(PassageIds ids, long[] keys, int start, int end) {
    Comparator<Integer> order = (left, right) -> ids.compare(right, ids, left);
    return Arrays.stream(keys, start, end)
        .mapToInt(ScoreKeys::row)
        .boxed()
        .sorted(order.thenComparing(Comparator.naturalOrder()))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
