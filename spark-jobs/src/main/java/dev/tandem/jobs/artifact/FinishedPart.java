package dev.tandem.jobs.artifact;

import java.io.Serializable;
import java.util.TreeMap;

/**
 * A part of an artifact that one task wrote completely.
 *
 * @param name the part, for example {@code part-00003}
 * @param files its files by name
 * @param counts what the task counted
 */
public record FinishedPart(
    String name, TreeMap<String, FileEntry> files, TreeMap<String, Long> counts)
    implements Serializable {

  /** A count by name; 0 where the part does not name it. */
  public long count(String counter) {
    return counts.getOrDefault(counter, 0L);
  }
}
