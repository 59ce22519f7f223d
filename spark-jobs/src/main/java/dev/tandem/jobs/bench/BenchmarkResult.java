package dev.tandem.jobs.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a benchmark found.
 *
 * @param name the benchmark
 * @param peer what it was measured against
 * @param limit whether the peer is a limit of the machine and no competitor: the ratio is then the
 *     share of it that is reached, and stands in the details alone
 * @param cases what was measured
 * @param details further figures by name, as Jackson writes them
 * @param notes what a reader of the figures must know, a sentence each
 */
public record BenchmarkResult(
    String name,
    PeerState peer,
    boolean limit,
    List<Comparison> cases,
    Map<String, Object> details,
    List<String> notes) {
  public BenchmarkResult {
    cases = List.copyOf(cases);
    details = new LinkedHashMap<>(details);
    notes = List.copyOf(notes);
  }

  /** The geometric mean of the ratios of all cases that have one. */
  public OptionalDouble ratio() {
    double[] logs =
        cases.stream()
            .map(Comparison::ratio)
            .filter(OptionalDouble::isPresent)
            .mapToDouble(ratio -> Math.log(ratio.getAsDouble()))
            .toArray();
    if (logs.length == 0) {
      return OptionalDouble.empty();
    }
    double sum = 0;
    for (double log : logs) {
      sum += log;
    }
    return OptionalDouble.of(Math.exp(sum / logs.length));
  }

  /** The figures for programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("peer", peer.json());
    json.put("cases", cases.stream().map(Comparison::json).toList());
    json.putAll(details);
    json.put("notes", notes);
    return json;
  }
}
