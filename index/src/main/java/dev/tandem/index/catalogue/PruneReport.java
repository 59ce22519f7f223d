package dev.tandem.index.catalogue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What pruning did.
 *
 * @param deleted names of the versions deleted, in order
 * @param kept for each version kept, why
 */
public record PruneReport(List<String> deleted, Map<String, String> kept) {

  /** Copies both. */
  public PruneReport {
    deleted = List.copyOf(deleted);
    kept = Map.copyOf(kept);
  }

  /** The versions kept, in order, each with why. */
  public Map<String, String> keptInOrder() {
    return new TreeMap<>(kept);
  }
}
