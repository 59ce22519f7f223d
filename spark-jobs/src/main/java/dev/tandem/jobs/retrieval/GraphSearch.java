package dev.tandem.jobs.retrieval;

import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.PassageRanking;
import dev.tandem.index.vector.VectorMatrix;
import java.util.BitSet;
import java.util.Optional;

/**
 * Search of a shard by its graph: the graph proposes vectors, and the passages that they are of are
 * ranked by their exact scores over all of their vectors.
 */
final class GraphSearch implements PartSearch.Searcher {
  private final HnswIndex index;
  private final PassageRanking ranking;
  private final int candidates;
  private final Optional<BitSet> accepted;

  /**
   * @param index over the part that is searched
   * @param efSearch candidates for a depth below it; for passages of several vectors as many more
   *     as they have on average
   * @param accepted rows that may be found; all where it is empty
   */
  GraphSearch(HnswIndex index, Aggregation aggregation, int efSearch, Optional<BitSet> accepted) {
    this.index = index;
    this.ranking = new PassageRanking(index.part(), aggregation);
    this.candidates = ranking.rowsFor(efSearch);
    this.accepted = accepted;
  }

  @Override
  public PartHits search(VectorMatrix queries, int depth) {
    int[][] proposed = index.candidates(queries, Math.max(depth, candidates), accepted);
    return ranking.best(queries, proposed, depth);
  }

  @Override
  public void close() {
    ranking.close();
  }
}
