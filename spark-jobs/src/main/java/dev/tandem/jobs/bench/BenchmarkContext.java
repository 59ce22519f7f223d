package dev.tandem.jobs.bench;

import dev.tandem.jobs.config.BenchConfig;
import dev.tandem.jobs.config.TandemConfig;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What benchmarks work with.
 *
 * @param config the configuration
 * @param sizes how much is measured
 * @param spark starts Spark at the first call
 * @param hadoop how file systems are found
 * @param note told what is going on
 */
record BenchmarkContext(
    TandemConfig config,
    BenchSizes sizes,
    Supplier<JavaSparkContext> spark,
    Configuration hadoop,
    Consumer<String> note) {
  private static final int MOST_DEFAULT_THREADS = 8;

  BenchConfig bench() {
    return config.bench();
  }

  /** Takes turns as configured. */
  Interleaved interleaved() {
    return new Interleaved(bench().warmup(), bench().repetitions(), note);
  }

  /** Threads of the measurements with several: those configured, or the machine's cores. */
  int threads() {
    return bench().threads() != null
        ? bench().threads()
        : Math.min(MOST_DEFAULT_THREADS, Runtime.getRuntime().availableProcessors());
  }

  /** How to say a number of threads. */
  static String threads(int count) {
    return count == 1 ? "1 thread" : count + " threads";
  }
}
