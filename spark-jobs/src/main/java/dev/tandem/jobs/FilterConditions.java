package dev.tandem.jobs;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The key {@code retrieve.filter}, which {@code retrieve} and {@code search} go by. */
final class FilterConditions {
  static final String KEY = "retrieve.filter";

  private FilterConditions() {}

  /** The filter of a configuration that was checked. */
  static MetadataFilter of(TandemConfig config) {
    return MetadataFilter.parse(config.retrieve().filter());
  }

  /**
   * Reports each condition that is malformed.
   *
   * @return the fields that the others ask for
   */
  static SortedSet<String> check(TandemConfig config, Problems problems) {
    SortedSet<String> fields = new TreeSet<>();
    for (String condition : config.retrieve().filter()) {
      try {
        fields.addAll(MetadataFilter.parse(List.of(condition)).fields());
      } catch (IllegalArgumentException e) {
        problems.add(KEY, e.getMessage());
      }
    }
    return fields;
  }
}
