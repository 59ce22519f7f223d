package dev.tandem.jobs.bench;

import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.config.BenchConfig;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.progress.Progress;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All benchmarks, and how the chosen ones are run one after the other. */
public final class Benchmarks {
  private static final List<Benchmark> ALL =
      List.of(
          new TrainingBenchmark(false),
          new TrainingBenchmark(true),
          new EncodingBenchmark(),
          new TokenizationBenchmark(),
          new AveragingBenchmark(),
          new SearchBenchmark(),
          new GraphBenchmark(),
          new RooflineBenchmark());

  private Benchmarks() {}

  /** The names that {@code bench.only} takes. */
  public static List<String> names() {
    return ALL.stream().map(Benchmark::name).toList();
  }

  /** What would be measured, a line each. */
  public static List<String> plan(BenchConfig config) {
    return chosen(config).stream()
        .map(benchmark -> "measure " + benchmark.describe() + " (" + benchmark.name() + ")")
        .toList();
  }

  private static List<Benchmark> chosen(BenchConfig config) {
    return ALL.stream()
        .filter(benchmark -> config.only().isEmpty() || config.only().contains(benchmark.name()))
        .toList();
  }

  /**
   * Measures.
   *
   * @throws IOException if Tandem's own side of a benchmark cannot be measured
   */
  static BenchReport run(JobContext job) throws IOException {
    TandemConfig config = job.config();
    List<Benchmark> chosen = chosen(config.bench());
    Map<String, String> machine = Machine.describe();
    List<BenchmarkResult> results = new ArrayList<>();
    try (Progress progress = job.progress().start("bench", chosen.size(), "benchmarks")) {
      BenchmarkContext context =
          new BenchmarkContext(
              config, BenchSizes.of(config.bench()), job::spark, job.hadoop(), progress::note);
      for (Benchmark benchmark : chosen) {
        results.add(benchmark.run(context));
        progress.advanceBy(1);
      }
    }
    return new BenchReport(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        machine,
        settings(config),
        results);
  }

  private static Map<String, Object> settings(TandemConfig config) {
    BenchConfig bench = config.bench();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put(
        "taken",
        "medians of %d interleaved repetitions after %d to warm up%s"
            .formatted(
                bench.repetitions(), bench.warmup(), bench.quick() ? ", small sizes (quick)" : ""));
    settings.put("repetitions", bench.repetitions());
    settings.put("warmup", bench.warmup());
    settings.put("quick", bench.quick());
    settings.put("engine", config.model().engine());
    settings.put("compute", config.model().compute());
    settings.put("seed", config.seed());
    return settings;
  }
}
