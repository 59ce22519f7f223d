package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import java.io.Serializable;

/**
 * The best passages of each query in one part, as rows of that part: score descending, equal scores
 * by passage id in descending byte order. Immutable.
 */
public final class PartHits implements Serializable {

  private static final long serialVersionUID = 1L;

  private final int[] starts;
  private final float[] scores;
  private final int[] rows;

  PartHits(int[] starts, float[] scores, int[] rows) {
    this.starts = starts;
    this.scores = scores;
    this.rows = rows;
  }

  /**
   * Hits found by another kind of search.
   *
   * @param starts where each query's hits begin in the other arrays; one more than there are
   *     queries
   * @param scores not NaN; of each query in descending order
   * @param rows of the passages; of equal scores the larger id first
   * @throws IllegalArgumentException if the arrays' lengths do not fit together
   */
  public static PartHits of(int[] starts, float[] scores, int[] rows) {
    if (starts.length == 0
        || starts[starts.length - 1] != scores.length
        || scores.length != rows.length) {
      throw new IllegalArgumentException(
          "hits do not fit together: "
              + starts.length
              + " starts, "
              + scores.length
              + " scores, "
              + rows.length
              + " rows");
    }
    return new PartHits(starts.clone(), scores.clone(), rows.clone());
  }

  /** Number of queries. */
  public int queries() {
    return starts.length - 1;
  }

  /** Number of passages found for a query. */
  public int count(int query) {
    return starts[query + 1] - starts[query];
  }

  /** The score at a rank from 0. */
  public float score(int query, int rank) {
    return scores[index(query, rank)];
  }

  /** The row at a rank from 0. */
  public int row(int query, int rank) {
    return rows[index(query, rank)];
  }

  private int index(int query, int rank) {
    if (rank < 0 || rank >= count(query)) {
      throw new IndexOutOfBoundsException(
          "rank " + rank + " of query " + query + ", which has " + count(query) + " passages");
    }
    return starts[query] + rank;
  }

  /**
   * The same with the passages' ids in place of rows, to be merged with other parts' hits or sent
   * on without the part.
   *
   * @param ids the ids of the part that was searched
   */
  public SearchHits withIds(PassageIds ids) {
    PassageIds.Builder named = new PassageIds.Builder();
    for (int row : rows) {
      named.add(ids, row);
    }
    return new SearchHits(starts, scores, named.build());
  }
}
