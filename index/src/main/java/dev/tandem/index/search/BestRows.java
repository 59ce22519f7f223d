package dev.tandem.index.search;

import dev.tandem.index.vector.PassageRows;
import java.util.Arrays;

/**
 * The best row of each passage among ranked rows, for query after query. As rows come by descending
 * score and equal scores by descending id, the first row of each passage comes in the order of
 * passages by their best score, equal ones by descending id.
 */
final class BestRows {

  private final PassageRows rows;
  private final int[] seenBy;
  private final float[][] scores;
  private final int[][] best;
  private int turn;

  /**
   * @param queries how many queries there are
   */
  BestRows(PassageRows rows, int queries) {
    this.rows = rows;
    this.seenBy = new int[rows.passages()];
    this.scores = new float[queries][];
    this.best = new int[queries][];
  }

  /**
   * Takes the ranked rows of a query; taken again, a query's former rows are forgotten.
   *
   * @param hits with the query's rows
   * @param place of the query in the hits
   * @param query its number
   * @param k how many passages it keeps at most
   * @return how many were found
   */
  int take(PartHits hits, int place, int query, int k) {
    turn++;
    float[] foundScores = new float[Math.min(k, hits.count(place))];
    int[] found = new int[foundScores.length];
    int count = 0;
    for (int rank = 0; rank < hits.count(place) && count < found.length; rank++) {
      int row = hits.row(place, rank);
      int passage = rows.passage(row);
      if (seenBy[passage] != turn) {
        seenBy[passage] = turn;
        foundScores[count] = hits.score(place, rank);
        found[count++] = row;
      }
    }
    scores[query] = Arrays.copyOf(foundScores, count);
    best[query] = Arrays.copyOf(found, count);
    return count;
  }

  PartHits build() {
    int[] starts = new int[best.length + 1];
    for (int query = 0; query < best.length; query++) {
      starts[query + 1] = Math.addExact(starts[query], best[query].length);
    }
    float[] allScores = new float[starts[best.length]];
    int[] allRows = new int[allScores.length];
    for (int query = 0; query < best.length; query++) {
      System.arraycopy(scores[query], 0, allScores, starts[query], best[query].length);
      System.arraycopy(best[query], 0, allRows, starts[query], best[query].length);
    }
    return new PartHits(starts, allScores, allRows);
  }
}
