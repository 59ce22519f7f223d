package dev.tandem.jobs.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One case of a benchmark, Tandem beside its peer.
 *
 * @param name what is done, as {@code 32 texts of 128 tokens, 1 thread}
 * @param unit what the work counts, as {@code texts}; empty where only the time says something
 * @param tandem Tandem
 * @param peer the peer; empty where it was skipped
 */
public record Comparison(String name, String unit, Side tandem, Optional<Side> peer) {
  public Comparison {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(unit, "unit");
    Objects.requireNonNull(tandem, "tandem");
    Objects.requireNonNull(peer, "peer");
  }

  /** How many times as fast as the peer Tandem is; above 1 it is ahead. */
  public OptionalDouble ratio() {
    return peer.isPresent()
        ? OptionalDouble.of(tandem.rate() / peer.get().rate())
        : OptionalDouble.empty();
  }

  /** The figures for programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("case", name);
    json.put("unit", unit);
    json.put("tandem", tandem.json());
    peer.ifPresent(side -> json.put("peer", side.json()));
    ratio().ifPresent(ratio -> json.put("ratio", ratio));
    return json;
  }
}
