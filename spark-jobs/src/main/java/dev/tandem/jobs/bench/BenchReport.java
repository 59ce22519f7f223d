package dev.tandem.jobs.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The results of a run of benchmarks, as an object for programs and as Markdown.
 *
 * @param time when it ran, as ISO 8601
 * @param machine where it ran
 * @param settings how it was measured
 * @param results what it found
 */
record BenchReport(
    String time,
    Map<String, String> machine,
    Map<String, Object> settings,
    List<BenchmarkResult> results) {

  /** The ratio of each benchmark that had a peer to compete with. */
  Map<String, Double> ratios() {
    Map<String, Double> ratios = new LinkedHashMap<>();
    for (BenchmarkResult result : results) {
      if (!result.limit() && result.ratio().isPresent()) {
        ratios.put(result.name(), result.ratio().getAsDouble());
      }
    }
    return ratios;
  }

  /** Why peers were skipped, by benchmark. */
  Map<String, String> skipped() {
    Map<String, String> skipped = new TreeMap<>();
    for (BenchmarkResult result : results) {
      if (result.peer().skipped() != null) {
        skipped.put(result.name(), result.peer().name() + ": " + result.peer().skipped());
      }
    }
    return skipped;
  }

  /** The object for programs. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ratios", ratios());
    Map<String, Object> details = new LinkedHashMap<>();
    results.forEach(result -> details.put(result.name(), result.json()));
    json.put("details", details);
    json.put("skipped", skipped());
    json.put("machine", machine);
    json.put("settings", settings);
    json.put("time", time);
    return json;
  }

  /** A table with the machine and the peers above it, and the notes below. */
  String markdown() {
    StringBuilder page = new StringBuilder();
    machine.forEach((name, value) -> line(page, "- %s: %s", name, value));
    for (BenchmarkResult result : results) {
      PeerState peer = result.peer();
      if (!peer.versions().isEmpty()) {
        line(page, "- %s: %s", peer.name(), versions(peer));
      }
      if (peer.skipped() != null) {
        line(page, "- %s skipped (%s): %s", peer.name(), result.name(), peer.skipped());
      }
    }
    line(page, "- measured: %s, %s", time, settings.get("taken"));
    line(page, "");
    line(page, "| benchmark | case | Tandem | peer | ratio |");
    line(page, "|---|---|---:|---:|---:|");
    for (BenchmarkResult result : results) {
      for (Comparison comparison : result.cases()) {
        line(
            page,
            "| %s | %s | %s | %s | %s |",
            result.name(),
            comparison.name(),
            side(comparison.unit(), comparison.tandem()),
            comparison
                .peer()
                .map(peer -> side(comparison.unit(), peer))
                .orElse(peerMissing(result)),
            comparison.ratio().isPresent() ? number("%.2f", comparison.ratio().getAsDouble()) : "");
      }
    }
    line(page, "");
    for (BenchmarkResult result : results) {
      result.notes().forEach(note -> line(page, "- %s", note));
    }
    return page.toString().strip();
  }

  /** A case may have no peer, though its benchmark has one. */
  private static String peerMissing(BenchmarkResult result) {
    return result.peer().skipped() == null ? "none" : "skipped";
  }

  private static String versions(PeerState peer) {
    return String.join(
        ", ",
        new TreeMap<>(peer.versions())
            .entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
  }

  private static String side(String unit, Side side) {
    String time = time(side.sample().median());
    return unit.isEmpty() ? time : "%s %s/s (%s)".formatted(rate(side.rate()), unit, time);
  }

  private static String rate(double rate) {
    return number(rate < 100 ? "%.1f" : "%.0f", rate);
  }

  private static String time(double seconds) {
    return seconds < 10
        ? number(seconds < 0.01 ? "%.2f ms" : "%.0f ms", 1000 * seconds)
        : number("%.1f s", seconds);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static void line(StringBuilder page, String format, Object... arguments) {
    page.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
