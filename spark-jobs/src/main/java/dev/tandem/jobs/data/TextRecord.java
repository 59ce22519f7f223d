package dev.tandem.jobs.data;

import java.io.Serializable;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A passage or a query as text.
 *
 * @param id its id, not empty and without white space
 * @param text its text, without line breaks where it came from TSV
 * @param metadata values of the fields that are kept, by field; those it lacks are left out
 */
public record TextRecord(String id, String text, SortedMap<String, String> metadata)
    implements Serializable {

  /** Takes a copy of the metadata. */
  public TextRecord {
    metadata =
        metadata.isEmpty()
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
  }

  /** A text without metadata. */
  public TextRecord(String id, String text) {
    this(id, text, Collections.emptySortedMap());
  }
}
