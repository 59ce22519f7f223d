package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.PassageSearcher;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.io.IOException;
import java.util.BitSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * Searches one part for all queries, a block at a time, numbered from 0. Owns the part and closes
 * it after the last block; where a task fails before that, garbage collection frees it.
 */
final class PartSearch implements Iterator<Tuple2<Integer, SearchHits>> {
  /** Searches a part, exactly or not. */
  interface Searcher extends AutoCloseable {
    PartHits search(VectorMatrix queries, int depth);

    @Override
    default void close() {}
  }

  private final LoadedPart part;
  private final Searcher searcher;
  private final EncodedQueries queries;
  private final int depth;
  private int next;

  /** Searches exactly. */
  PartSearch(LoadedPart part, EncodedQueries queries, int depth, Aggregation aggregation) {
    this(part, exact(new PassageSearcher(part, aggregation)), queries, depth);
  }

  /** Searches by any searcher, which it owns too. */
  PartSearch(LoadedPart part, Searcher searcher, EncodedQueries queries, int depth) {
    this.part = part;
    this.searcher = searcher;
    this.queries = queries;
    this.depth = depth;
  }

  /**
   * Searches some rows of a part on disk exactly. Where there are none its vectors are not read.
   *
   * @param rows those that may be found
   */
  static PartSearch among(
      BitSet rows,
      VectorShards.Part part,
      SerializableConfiguration hadoop,
      EncodedQueries queries,
      int depth,
      Aggregation aggregation)
      throws IOException {
    if (rows.isEmpty()) {
      LoadedPart empty =
          new LoadedPart(VectorMatrix.allocate(0, part.description().dimension()), PassageIds.of());
      return new PartSearch(empty, PartSearch::nothing, queries, depth);
    }
    LoadedPart loaded = part.load(hadoop);
    if (rows.cardinality() == loaded.ids().size()) {
      return new PartSearch(loaded, queries, depth, aggregation);
    }
    try (loaded) {
      return new PartSearch(
          loaded.without(FilteredRows.others(rows, loaded.ids().size())),
          queries,
          depth,
          aggregation);
    }
  }

  private static PartHits nothing(VectorMatrix queries, int depth) {
    return PartHits.of(new int[queries.rows() + 1], new float[0], new int[0]);
  }

  private static Searcher exact(PassageSearcher searcher) {
    return new Searcher() {
      @Override
      public PartHits search(VectorMatrix queries, int depth) {
        return searcher.search(queries, depth);
      }

      @Override
      public void close() {
        searcher.close();
      }
    };
  }

  @Override
  public boolean hasNext() {
    if (next < queries.blocks().length) {
      return true;
    }
    searcher.close();
    part.close();
    return false;
  }

  @Override
  public Tuple2<Integer, SearchHits> next() {
    if (next == queries.blocks().length) {
      throw new NoSuchElementException("all blocks of queries are searched");
    }
    int block = next++;
    try (VectorMatrix matrix =
        VectorMatrix.copyOf(queries.blocks()[block], queries.size(block), queries.dimension())) {
      return new Tuple2<>(block, searcher.search(matrix, depth).withIds(part.ids()));
    }
  }
}
