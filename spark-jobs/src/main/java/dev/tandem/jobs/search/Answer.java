package dev.tandem.jobs.search;

import dev.tandem.jobs.retrieval.LocalIndex;
import java.util.List;
import java.util.Optional;

/**
 * What was found for a query.
 *
 * @param query as it was asked
 * @param index name of the index
 * @param version its version that was searched
 * @param passages how many there are in it
 * @param hits best first
 * @param encodeMillis wall time of encoding the query
 * @param searchMillis wall time of searching all shards
 * @param textMillis wall time of reading the texts
 */
record Answer(
    String query,
    String index,
    String version,
    long passages,
    List<Hit> hits,
    double encodeMillis,
    double searchMillis,
    double textMillis) {
  Answer {
    hits = List.copyOf(hits);
  }

  /**
   * A passage.
   *
   * @param rank from 1
   * @param found where and how it was found
   * @param exactScore inner product of query and vector in double precision
   * @param text empty where the version keeps no texts
   */
  record Hit(int rank, LocalIndex.Hit found, double exactScore, Optional<String> text) {}
}
