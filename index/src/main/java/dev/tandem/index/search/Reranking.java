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

  private static final int STRETCH_BYTES = 1 << 20;

  /** Below one candidate for so many rows, rows are read one by one. */
  private static final int SPARSE = 4;

  private final VectorMatrix vectors;
  private final PassageIds ids;
  private final VectorMatrix queries;
  private final int dimension;
  private final int stretchRows;
  private final float[] stretch;
  private final float[] queryRow;
  private final KthLargest selection;
  private final KeySort sort = new KeySort();
  private final int[] places = new int[ExactScore.AT_ONCE];
  private final double[] sums = new double[8 * ExactScore.AT_ONCE];
  private final float[] scores = new float[ExactScore.AT_ONCE];
  private final boolean[] complete = new boolean[CoarseProducts.QUERIES];
  private final float[] reached = new float[CoarseProducts.QUERIES];

  Reranking(VectorMatrix vectors, PassageIds ids, VectorMatrix queries, KthLargest selection) {
    this.selection = selection;
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
        if (dense) {
          scoreDense(widened[q], rows[q], from, next[q], end[q], keys[q]);
        } else {
          scoreSparse(widened[q], rows[q], all, next[q], end[q], keys[q]);
        }
        next[q] = end[q];
      }
    }
    for (int q = 0; q < count; q++) {
      complete[q] = candidates[q].complete(reaching(keys[q], candidates[q].least()));
      if (complete[q]) {
        handOver(first + q, keys[q], hits);
      } else {
        reached[q] = reached(keys[q], hits.perQuery());
      }
    }
  }

  private static int reaching(long[] keys, float least) {
    int reaching = 0;
    for (long key : keys) {
      reaching += ScoreKeys.score(key) >= least ? 1 : 0;
    }
    return reaching;
  }

  /** What {@code k} of the rows scored reach; negative infinity where they are fewer. */
  private float reached(long[] keys, int k) {
    if (keys.length < k) {
      return Float.NEGATIVE_INFINITY;
    }
    float[] values = selection.room(keys.length);
    for (int i = 0; i < keys.length; i++) {
      values[i] = ScoreKeys.score(keys[i]);
    }
    return selection.atMost(k, keys.length);
  }

  /** Whether the candidates of a query of the last run were enough; there are no hits if not. */
  boolean complete(int query) {
    return complete[query];
  }

  /** What as many rows as are wanted of a query that was not complete are sure to score. */
  float reached(int query) {
    return reached[query];
  }

  /** Scores rows of the stretch from row {@code first} on, some at once. */
  private void scoreDense(double[] query, int[] rows, int first, int from, int to, long[] keys) {
    for (int at = from; at < to; at += ExactScore.AT_ONCE) {
      for (int i = 0; i < ExactScore.AT_ONCE; i++) {
        // Where fewer are left, the last one is scored more than once.
        places[i] = (rows[Math.min(at + i, to - 1)] - first) * dimension;
      }
      ExactScore.scores(query, stretch, places, sums, scores);
      for (int i = 0; i < ExactScore.AT_ONCE && at + i < to; i++) {
        keys[at + i] = ScoreKeys.key(scores[i], rows[at + i]);
      }
    }
  }

  private void scoreSparse(
      double[] query, int[] rows, FloatBuffer all, int from, int to, long[] keys) {
    for (int at = from; at < to; at++) {
      all.get(rows[at] * dimension, stretch, 0, dimension);
      keys[at] = ScoreKeys.key(ExactScore.score(query, stretch, 0), rows[at]);
    }
  }

  /** The keys with the best scores, at least as many as are wanted, ascending. */
  private long[] best(long[] keys, int wanted) {
    if (keys.length <= 2 * wanted) {
      sort.ascending(keys, keys.length);
      return keys;
    }
    float least = reached(keys, wanted);
    int kept = 0;
    for (long key : keys) {
      keys[kept] = key;
      kept += ScoreKeys.score(key) >= least ? 1 : 0;
    }
    sort.ascending(keys, kept);
    return Arrays.copyOf(keys, kept);
  }

  private void handOver(int query, long[] scored, HitCollector hits) {
    long[] keys = best(scored, hits.perQuery());
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
