package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.ExactSearcher;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorMatrix;
import java.util.Iterator;
import java.util.NoSuchElementException;
import scala.Tuple2;

/**
 * Searches one part for all queries, a block at a time, numbered from 0. Owns the part and closes
 * it after the last block; where a task fails before that, garbage collection frees it.
 */
final class PartSearch implements Iterator<Tuple2<Integer, SearchHits>> {
  private final LoadedPart part;
  private final ExactSearcher searcher;
  private final EncodedQueries queries;
  private final int depth;
  private int next;

  PartSearch(LoadedPart part, EncodedQueries queries, int depth) {
    this.part = part;
    this.queries = queries;
    this.depth = depth;
    this.searcher = new ExactSearcher(part);
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
