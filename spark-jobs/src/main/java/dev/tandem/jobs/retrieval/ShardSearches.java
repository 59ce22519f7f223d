package dev.tandem.jobs.retrieval;

import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.PassageRanking;
import dev.tandem.index.search.PassageSearcher;
import dev.tandem.index.search.RowScan;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.VectorMatrix;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Searches of an open shard for single queries. They find what {@link PartSearch} finds, prepare as
 * little as they can, and are safe for use from several threads at once.
 */
final class ShardSearches {
  private ShardSearches() {}

  /**
   * Exact search.
   *
   * @param part stays open while it is searched
   * @param passages of its rows
   * @param accepted rows that may be found; all where it is empty
   */
  static PartSearch.Searcher exact(
      LoadedPart part, PassageRows passages, Aggregation aggregation, Optional<BitSet> accepted) {
    if (aggregation == Aggregation.SUM && !passages.single()) {
      // A passage is proposed by its first row and ranked by the sum of all of its rows.
      int[][] proposed = {firstRows(passages, accepted)};
      return ranked(new PassageRanking(part, aggregation), (ranking, query, depth) -> proposed);
    }
    RowScan scan = new RowScan(part);
    if (passages.single()) {
      return (queries, depth) -> scan.search(queries, depth, accepted);
    }
    return (queries, depth) ->
        PassageSearcher.best(
            passages, queries, depth, (some, rows) -> scan.search(some, rows, accepted));
  }

  /**
   * Search by a graph, whose candidates are ranked by exact scores.
   *
   * @param efSearch candidates kept, as many as the depth where that is more; empty for the depth
   * @param accepted rows that may be found; all where it is empty
   */
  static PartSearch.Searcher byGraph(
      HnswIndex index, Aggregation aggregation, OptionalInt efSearch, Optional<BitSet> accepted) {
    return ranked(
        new PassageRanking(index.part(), aggregation),
        (ranking, query, depth) ->
            index.candidates(
                query, ranking.rowsFor(Math.max(depth, efSearch.orElse(depth))), accepted));
  }

  private static int[] firstRows(PassageRows passages, Optional<BitSet> accepted) {
    // All rows of a passage have its metadata, and are deleted together.
    return IntStream.range(0, passages.passages())
        .map(passages::first)
        .filter(row -> accepted.isEmpty() || accepted.get().get(row))
        .toArray();
  }

  /** Rows to rank for a query. */
  @FunctionalInterface
  private interface Proposal {
    int[][] rows(PassageRanking ranking, VectorMatrix query, int depth);
  }

  private static PartSearch.Searcher ranked(PassageRanking ranking, Proposal proposal) {
    return new PartSearch.Searcher() {
      @Override
      public PartHits search(VectorMatrix query, int depth) {
        return ranking.best(query, proposal.rows(ranking, query, depth), depth);
      }

      @Override
      public void close() {
        ranking.close();
      }
    };
  }
}
