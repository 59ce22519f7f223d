package dev.tandem.jobs.retrieval;

import dev.tandem.index.trec.Utf8Order;
import java.util.Collection;
import java.util.List;

/**
 * The ids of the queries searched for, in ascending byte order, and the blocks they are searched
 * in.
 *
 * @param ids in ascending byte order
 */
record QueryIds(List<String> ids) {
  /** Queries searched and merged together. */
  static final int BLOCK = 1024;

  QueryIds {
    ids = List.copyOf(ids);
  }

  /** Ids in any order. */
  static QueryIds sorted(Collection<String> ids) {
    return new QueryIds(ids.stream().sorted(Utf8Order.ASCENDING).toList());
  }

  /** Number of blocks. */
  int blocks() {
    return (ids.size() + BLOCK - 1) / BLOCK;
  }

  /** Ids of the queries of a block. */
  List<String> block(int block) {
    return ids.subList(block * BLOCK, Math.min(ids.size(), (block + 1) * BLOCK));
  }
}
