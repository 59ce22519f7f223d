package dev.tandem.index.search;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Ranks the passages of rows that another search proposed by their exact aggregated scores, over
 * all of a passage's rows, in the order that {@link PassageSearcher} has; so what both find has the
 * same score, and hits of both can be merged. Safe for use from several threads at once.
 */
public final class PassageRanking implements AutoCloseable {

  private final PassageVectors passages;
  private final ExactRanking ranking;

  /** A ranking over a part, which it does not own and which must stay open. */
  public PassageRanking(LoadedPart part, Aggregation aggregation) {
    passages = new PassageVectors(part, aggregation);
    ranking = new ExactRanking(passages.vectors(), passages.ids());
  }

  /**
   * How many rows to look for so that about as many passages as wanted are among them.
   *
   * @param wanted number of passages
   */
  public int rowsFor(int wanted) {
    double rows = (double) wanted * passages.rows().rows();
    return (int)
        Math.min(Integer.MAX_VALUE, Math.ceil(rows / Math.max(1, passages.rows().passages())));
  }

  /**
   * The best passages of the rows proposed for each query.
   *
   * @param queries one a row, of the vectors' dimension
   * @param proposed rows for each query, different ones, in any order
   * @param k how many passages each query keeps at most
   * @return hits in rows of the part, of each passage one: its best row, or its first for a sum
   * @throws IllegalArgumentException as {@link ExactRanking#best}
   * @throws ArithmeticException as {@link ExactRanking#best}
   */
  public PartHits best(VectorMatrix queries, int[][] proposed, int k) {
    if (passages.rows().single()) {
      return ranking.best(queries, proposed, k);
    }
    int[][] of = new int[proposed.length][];
    for (int query = 0; query < proposed.length; query++) {
      of[query] = Arrays.stream(proposed[query]).map(passages.rows()::passage).distinct().toArray();
    }
    if (passages.perPassage()) {
      return passages.inPart(ranking.best(queries, of, k));
    }
    int[][] all = new int[of.length][];
    for (int query = 0; query < of.length; query++) {
      all[query] =
          Arrays.stream(of[query])
              .flatMap(p -> IntStream.range(passages.rows().first(p), passages.rows().end(p)))
              .toArray();
    }
    PartHits rows = ranking.best(queries, all, Integer.MAX_VALUE);
    BestRows best = new BestRows(passages.rows(), queries.rows());
    for (int query = 0; query < queries.rows(); query++) {
      best.take(rows, query, query, k);
    }
    return best.build();
  }

  /** Frees the sums, if there are any; the part stays with its owner. */
  @Override
  public void close() {
    passages.close();
  }
}
