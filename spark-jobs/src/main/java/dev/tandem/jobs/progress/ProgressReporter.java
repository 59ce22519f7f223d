package dev.tandem.jobs.progress;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * Shows progress in one of the ways of {@code logging.progress}.
 *
 * <pre>{@code
 * try (Progress progress = reporter.start("encode", total, "passages");
 *     AutoCloseable polling = ProgressReporter.poll(progress, accumulator::value)) {
 *   rdd.foreachPartition(...); // the tasks add to the accumulator
 * }
 * }</pre>
 */
public final class ProgressReporter {
  /** The ways to show progress. */
  private enum Way {
    BAR,
    LINES,
    NONE
  }

  private static final long LINE_INTERVAL_MILLIS = 10_000;
  private static final long POLL_INTERVAL_MILLIS = 500;

  private final Way way;
  private final PrintStream err;

  private ProgressReporter(Way way, PrintStream err) {
    this.way = way;
    this.err = err;
  }

  /**
   * A reporter.
   *
   * @param way auto (a bar on a terminal, else lines), bar, lines or none
   * @param err where to
   */
  public static ProgressReporter of(String way, PrintStream err) {
    return switch (way) {
      case "auto" -> new ProgressReporter(isTerminal() ? Way.BAR : Way.LINES, err);
      case "bar" -> new ProgressReporter(Way.BAR, err);
      case "lines" -> new ProgressReporter(Way.LINES, err);
      case "none" -> none();
      default -> throw new IllegalArgumentException("No such way to show progress: " + way);
    };
  }

  /** A reporter that shows nothing. */
  public static ProgressReporter none() {
    return new ProgressReporter(Way.NONE, System.err);
  }

  /**
   * Standard error is a terminal: submit/tandem says so, and else the JVM knows of both streams.
   */
  private static boolean isTerminal() {
    String told = System.getProperty("tandem.terminal");
    return told == null ? System.console() != null : Boolean.parseBoolean(told);
  }

  /**
   * Starts a phase.
   *
   * @param phase what is done, as {@code encode}
   * @param total units to do; 0 or less where unknown
   * @param unit what is counted, in the plural, as {@code passages}
   */
  public Progress start(String phase, long total, String unit) {
    return switch (way) {
      case BAR -> new BarProgress(phase, total, unit, err);
      case LINES ->
          new LineProgress(phase, total, unit, err, LINE_INTERVAL_MILLIS, System::nanoTime);
      case NONE -> new NoProgress();
    };
  }

  /**
   * Advances a progress from a counter, such as a Spark accumulator that tasks add to, until
   * closed.
   *
   * @param progress to advance
   * @param done how many units are done; called from another thread
   */
  public static Polling poll(Progress progress, LongSupplier done) {
    return new Polling(progress, done, POLL_INTERVAL_MILLIS);
  }
}
