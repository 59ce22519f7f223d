package dev.tandem.index.trec;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Objects;

/**
 * A passage and the score a query gave it.
 *
 * @param id the passage's id, neither empty nor with white space
 * @param score the retrieval score, higher is better; not NaN
 */
public record RankedPassage(String id, double score) implements Serializable {

  /**
   * The order in which trec_eval ranks: score descending, equal scores by id in <em>descending</em>
   * byte order. The rank column of a run plays no part.
   */
  public static final Comparator<RankedPassage> RANKING = RankedPassage::compareRank;

  /** Checks the components. */
  public RankedPassage {
    Objects.requireNonNull(id, "id");
    if (Double.isNaN(score)) {
      throw new IllegalArgumentException("the score of passage '" + id + "' is NaN");
    }
  }

  private static int compareRank(RankedPassage left, RankedPassage right) {
    // Not Double.compare: to trec_eval 0.0 and -0.0 are a tie.
    if (left.score > right.score) {
      return -1;
    }
    if (left.score < right.score) {
      return 1;
    }
    return Utf8Order.compare(right.id, left.id);
  }
}
