package dev.tandem.jobs.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a benchmark was measured against.
 *
 * @param name the peer, as {@code PyTorch}
 * @param versions of the peer and what it stands on; empty where it was skipped
 * @param skipped why it was skipped, wholly or for some cases; null where it was not
 */
public record PeerState(String name, Map<String, String> versions, String skipped) {
  public PeerState {
    Objects.requireNonNull(name, "name");
    versions = Map.copyOf(versions);
  }

  /** A peer that was not there. */
  static PeerState missing(String name, String reason) {
    return new PeerState(name, Map.of(), reason);
  }

  /** A peer that was there. */
  static PeerState present(String name, Map<String, String> versions) {
    return new PeerState(name, versions, null);
  }

  /** The same, with what is still missing of it; unchanged where nothing is. */
  PeerState without(String reason) {
    return reason == null ? this : new PeerState(name, versions, reason);
  }

  /** The figures for programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    if (!versions.isEmpty()) {
      json.put("versions", new java.util.TreeMap<>(versions));
    }
    if (skipped != null) {
      json.put("skipped", skipped);
    }
    return json;
  }
}
