package dev.tandem.index.search;

import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.PassageIds;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The best passages of each query with their ids: score descending, equal scores by id in
 * descending byte order, which is trec_eval's order. Held in three arrays. Immutable.
 */
public final class SearchHits implements Serializable {

  private static final long serialVersionUID = 1L;

  private final int[] starts;
  private final float[] scores;
  private final PassageIds ids;

  SearchHits(int[] starts, float[] scores, PassageIds ids) {
    this.starts = starts;
    this.scores = scores;
    this.ids = ids;
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

  /** The passage's id at a rank from 0. */
  public String id(int query, int rank) {
    return ids.get(index(query, rank));
  }

  /** A query's passages, best first, as a run holds them. */
  public List<RankedPassage> ranking(int query) {
    List<RankedPassage> ranking = new ArrayList<>(count(query));
    for (int rank = 0; rank < count(query); rank++) {
      ranking.add(new RankedPassage(id(query, rank), score(query, rank)));
    }
    return Collections.unmodifiableList(ranking);
  }

  PassageIds ids() {
    return ids;
  }

  int start(int query) {
    return starts[query];
  }

  float scoreAt(int index) {
    return scores[index];
  }

  private int index(int query, int rank) {
    if (rank < 0 || rank >= count(query)) {
      throw new IndexOutOfBoundsException(
          "rank " + rank + " of query " + query + ", which has " + count(query) + " passages");
    }
    return starts[query] + rank;
  }
}
