package dev.tandem.index.search;

/**
 * Gathers the hits of queries that have all the same number of them; different queries may be put
 * by different threads.
 */
final class HitCollector {

  private final int queries;
  private final int perQuery;
  private final float[] scores;
  private final int[] rows;

  HitCollector(int queries, int perQuery) {
    this.queries = queries;
    this.perQuery = perQuery;
    int all = Math.multiplyExact(queries, perQuery);
    this.scores = new float[all];
    this.rows = new int[all];
  }

  int perQuery() {
    return perQuery;
  }

  void put(int query, int rank, float score, int row) {
    int at = query * perQuery + rank;
    scores[at] = score;
    rows[at] = row;
  }

  PartHits build() {
    int[] starts = new int[queries + 1];
    for (int i = 1; i <= queries; i++) {
      starts[i] = i * perQuery;
    }
    return new PartHits(starts, scores, rows);
  }
}
