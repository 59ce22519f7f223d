package dev.tandem.jobs.search;

import dev.tandem.jobs.retrieval.LocalIndex;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * What was found for a query.
 *
 * @param query as it was asked
 * @param index name of the index
 * @param version its version that was searched
 * @param passages how many there are in it
 * @param passing how many of them pass the filter; empty without one
 * @param filter the conditions that they pass
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
    OptionalLong passing,
    List<String> filter,
    List<Hit> hits,
    double encodeMillis,
    double searchMillis,
    double textMillis) {
  Answer {
    hits = List.copyOf(hits);
    filter = List.copyOf(filter);
  }

  /**
   * A passage.
   *
   * @param rank from 1
   * @param found where and how it was found
   * @param exactScore its score in double precision
   * @param text empty where the version keeps no texts
   * @param metadata values by field, without fields that the passage lacks; empty where the version
   *     keeps none
   */
  record Hit(
      int rank,
      LocalIndex.Hit found,
      double exactScore,
      Optional<String> text,
      Optional<SortedMap<String, String>> metadata) {}
}
