package dev.tandem.jobs.progress;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows progress in one of the ways of {@code logging.progress}.
 *
 * <pre>{@code
 * reporter.follow(
 *     spark.sc(), "encode", total, "passages", accumulator,
 *     () -> rdd.map(...).collect()); // the tasks add to the accumulator
 * }</pre>
 */
public final class ProgressReporter {
  /** The ways to show progress. */
  private enum Way {
    BAR,
    LINES,
    NONE
  }

  private static final Logger LOG = LoggerFactory.getLogger(ProgressReporter.class);
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
   * Runs an action whose progress is what its tasks add to an accumulator, and logs the rate it
   * reached.
   *
   * @param spark runs the tasks
   * @param phase what is done, as {@code encode}
   * @param total units to do; 0 or less where unknown
   * @param unit what is counted, in the plural
   * @param counter counts the units as they are done
   * @param action what to run
   */
  public <T> T follow(
      SparkContext spark,
      String phase,
      long total,
      String unit,
      LongAccumulator counter,
      Supplier<T> action) {
    long start = System.nanoTime();
    long before = counter.value();
    T result;
    try (Progress progress = start(phase, total, unit);
        LiveCount count = LiveCount.of(spark, counter);
        Polling polling = poll(progress, count::value)) {
      result = action.get();
    }
    long done = counter.value() - before; // exact, where what was heard may count an attempt twice
    double seconds = (System.nanoTime() - start) / 1e9;
    LOG.info(
        "{}: {} {} in {} s, {}/s",
        phase,
        done,
        unit,
        Math.round(seconds * 10) / 10.0,
        Math.round(done / seconds));
    return result;
  }

  /**
   * Advances a progress from a counter, such as a {@link LiveCount}, until closed.
   *
   * @param progress to advance
   * @param done how many units are done; called from another thread
   */
  public static Polling poll(Progress progress, LongSupplier done) {
    return new Polling(progress, done, POLL_INTERVAL_MILLIS);
  }
}
