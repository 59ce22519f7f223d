package dev.tandem.index.search;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * Exact search for single queries: every row is scored by {@link ExactScore} and the best are kept.
 * The result is that of {@link ExactSearcher}, to the bit.
 *
 * <p>{@link ExactSearcher} serves batches: it goes through all vectors once before the first
 * search, and its matrix products pay with many queries. This one prepares nothing, so that vectors
 * that are mapped from a file are not read before they are searched.
 *
 * <p>Safe for use from several threads at once; the part must stay open while it is searched.
 */
public final class RowScan {

  /** Copied together, to be scored from the cache. */
  private static final int STRETCH_BYTES = 1 << 17;

  private final LoadedPart part;
  private final ExactRanking ranking;
  private final int stretchRows;

  /** A search over a part, which it does not own. */
  public RowScan(LoadedPart part) {
    this.part = part;
    this.ranking = new ExactRanking(part.vectors(), part.ids());
    this.stretchRows = Math.max(1, STRETCH_BYTES / Float.BYTES / part.vectors().dimension());
  }

  /**
   * Searches on the calling thread.
   *
   * @param queries one a row
   * @param k how many passages to find for each query; fewer are found where there are fewer
   * @param accepted rows that may be found; all where it is empty
   * @throws IllegalArgumentException if k is not positive or the dimensions differ
   * @throws ArithmeticException if a score is not finite
   */
  public PartHits search(VectorMatrix queries, int k, Optional<BitSet> accepted) {
    VectorMatrix vectors = part.vectors();
    if (k < 1 || queries.dimension() != vectors.dimension()) {
      throw new IllegalArgumentException(
          "expected a positive k and queries of "
              + vectors.dimension()
              + " components, got k "
              + k
              + " and "
              + queries.dimension()
              + " components");
    }
    int[][] proposed = new int[queries.rows()][];
    float[] query = new float[queries.dimension()];
    double[] widened = new double[query.length];
    for (int q = 0; q < proposed.length; q++) {
      queries.copyRow(q, query);
      for (int i = 0; i < query.length; i++) {
        widened[i] = query[i];
      }
      proposed[q] = scan(widened, k, accepted);
    }
    return ranking.best(queries, proposed, k);
  }

  /** Rows that are sure to have the best k of those accepted among them. */
  private int[] scan(double[] query, int k, Optional<BitSet> accepted) {
    int rows = part.vectors().rows();
    int dimension = query.length;
    Best best = new Best(k, rows);
    FloatBuffer all = part.vectors().buffer();
    float[] stretch = new float[Math.min(stretchRows, rows) * dimension];
    for (int from = 0; from < rows; from += stretchRows) {
      int count = Math.min(stretchRows, rows - from);
      all.get(from * dimension, stretch, 0, count * dimension);
      for (int i = 0; i < count; i++) {
        if (accepted.isPresent() && !accepted.get().get(from + i)) {
          continue;
        }
        float score = ExactScore.score(query, stretch, i * dimension);
        ExactRanking.requireFinite(score, part.ids(), from + i);
        best.offer(score, from + i);
      }
    }
    return best.rows();
  }

  /**
   * The rows that may still be among the best {@code k}: each one offered whose score is at least
   * the k-th best so far, those tied with it included, as ids order them.
   */
  private static final class Best {
    private final int k;
    private long[] keys;
    private int count;
    private float threshold = Float.NEGATIVE_INFINITY;

    Best(int k, int rows) {
      this.k = k;
      this.keys = new long[(int) Math.min(rows, Math.max(4L * k, 1024))];
    }

    void offer(float score, int row) {
      if (score < threshold) {
        return;
      }
      if (count == keys.length) {
        tighten();
      }
      if (score >= threshold) {
        keys[count++] = ScoreKeys.key(score, row);
      }
    }

    private void tighten() {
      if (count > k) {
        Arrays.sort(keys, 0, count);
        threshold = ScoreKeys.score(keys[count - k]);
        int first = count - k;
        while (first > 0 && ScoreKeys.score(keys[first - 1]) == threshold) {
          first--;
        }
        count -= first;
        System.arraycopy(keys, first, keys, 0, count);
      }
      if (count > keys.length / 2) { // many are tied
        keys = Arrays.copyOf(keys, (int) Math.min(Integer.MAX_VALUE - 8, 2L * keys.length));
      }
    }

    int[] rows() {
      tighten();
      return Arrays.stream(keys, 0, count).mapToInt(ScoreKeys::row).toArray();
    }
  }
}
