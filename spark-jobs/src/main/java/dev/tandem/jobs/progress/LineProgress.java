package dev.tandem.jobs.progress;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Prints a line every so often while the phase advances, and one at its end. */
final class LineProgress implements Progress {
  private final String phase;
  private final long total;
  private final String unit;
  private final PrintStream err;
  private final long intervalNanos;
  private final LongSupplier clock;
  private final long start;
  private long lastLine;
  private long done;
  private String note = "";
  private boolean closed;

  LineProgress(
      String phase,
      long total,
      String unit,
      PrintStream err,
      long intervalMillis,
      LongSupplier clock) {
    this.phase = phase;
    this.total = total;
    this.unit = unit;
    this.err = err;
    this.intervalNanos = intervalMillis * 1_000_000;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.lastLine = start;
  }

  @Override
  public synchronized void advanceTo(long done) {
    this.done = Math.max(this.done, done);
    printIfDue();
  }

  private void printIfDue() {
    long now = clock.getAsLong();
    if (!closed && now - lastLine >= intervalNanos) {
      lastLine = now;
      err.println(line(now));
    }
  }

  @Override
  public synchronized void advanceBy(long units) {
    advanceTo(done + units);
  }

  @Override
  public synchronized void note(String text) {
    note = text;
    printIfDue();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      err.println(line(clock.getAsLong()));
    }
  }

  private String line(long now) {
    double seconds = (now - start) / 1e9;
    double rate = seconds > 0 ? done / seconds : 0;
    StringBuilder line = new StringBuilder(phase).append(": ").append(done);
    if (total > 0) {
      line.append(" of ").append(total);
    }
    line.append(' ').append(unit);
    if (total > 0) {
      line.append(String.format(Locale.ROOT, " (%d %%)", Math.min(100, 100 * done / total)));
    }
    line.append(String.format(Locale.ROOT, rate < 10 ? ", %.2f/s" : ", %.0f/s", rate));
    if (closed) {
      line.append(", ").append(time(seconds)).append(" in all");
    } else if (total > 0 && rate > 0) {
      line.append(", ").append(time((total - done) / rate)).append(" left");
    }
    return note.isEmpty() ? line.toString() : line.append(", ").append(note).toString();
  }

  private static String time(double seconds) {
    long whole = Math.round(Math.max(0, seconds));
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
