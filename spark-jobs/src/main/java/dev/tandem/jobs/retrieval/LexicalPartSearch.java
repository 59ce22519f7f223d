package dev.tandem.jobs.retrieval;

import dev.tandem.index.lexical.Bm25;
import dev.tandem.index.lexical.LexicalQuery;
import dev.tandem.index.lexical.LexicalSearcher;
import dev.tandem.index.lexical.LexicalShard;
import dev.tandem.index.lexical.LexicalStatistics;
import dev.tandem.index.search.SearchHits;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import scala.Tuple2;

/**
 * Searches one lexical shard for all queries, a block at a time, numbered from 0. Closes the shard
 * after the last block; where a task fails before that, garbage collection frees it.
 */
final class LexicalPartSearch implements Iterator<Tuple2<Integer, SearchHits>> {
  private final LexicalSearcher searcher;
  private final Optional<BitSet> accepted;
  private final LexicalQuery[][] blocks;
  private final LexicalStatistics collection;
  private final Bm25 bm25;
  private final int depth;
  private int next;

  /**
   * @param accepted the shard's rows that may be found; all where it is empty
   */
  LexicalPartSearch(
      LexicalShard shard,
      Optional<BitSet> accepted,
      LexicalQuery[][] blocks,
      LexicalStatistics collection,
      Bm25 bm25,
      int depth) {
    this.searcher = new LexicalSearcher(shard);
    this.accepted = accepted;
    this.blocks = blocks;
    this.collection = collection;
    this.bm25 = bm25;
    this.depth = depth;
  }

  @Override
  public boolean hasNext() {
    if (next < blocks.length) {
      return true;
    }
    searcher.close();
    return false;
  }

  @Override
  public Tuple2<Integer, SearchHits> next() {
    if (next == blocks.length) {
      throw new NoSuchElementException("all blocks of queries are searched");
    }
    int block = next++;
    return new Tuple2<>(
        block, searcher.search(Arrays.asList(blocks[block]), collection, bm25, depth, accepted));
  }
}
