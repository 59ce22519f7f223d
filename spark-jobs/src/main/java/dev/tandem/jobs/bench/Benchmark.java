package dev.tandem.jobs.bench;

import java.io.IOException;

/** Something that is measured, and the peer it is measured against. */
interface Benchmark {

  /** Its name in {@code bench.only} and in the results. */
  String name();

  /** What it measures, for the plan. */
  String describe();

  /**
   * Measures. A peer that is not there is no failure: the result says so.
   *
   * @throws IOException if Tandem's own side cannot be measured
   */
  BenchmarkResult run(BenchmarkContext context) throws IOException;
}
