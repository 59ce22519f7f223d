package dev.tandem.jobs.search;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The version that a session could not go over to: whether to try it again, and what was said
 * already. Only the last one is known, as only one is current at a time. Not thread-safe.
 */
final class FailedVersions {
  private final long retryNanos;
  private final LongSupplier nanoTime;
  private final Consumer<String> notes;
  private String failed;
  private boolean forGood;
  private long failedAt;
  private String said;

  /**
   * Of none yet.
   *
   * @param retry how long a version whose files could not be reached is left alone
   * @param nanoTime the clock, as {@link System#nanoTime}
   * @param notes told what is new
   */
  FailedVersions(Duration retry, LongSupplier nanoTime, Consumer<String> notes) {
    this.retryNanos = retry.toNanos();
    this.nanoTime = nanoTime;
    this.notes = notes;
  }

  /** Whether a version may be tried: it was not refused, and did not fail a short while ago. */
  boolean mayTry(String version) {
    return !version.equals(failed) || (!forGood && nanoTime.getAsLong() - failedAt >= retryNanos);
  }

  /** A version does not fit or is damaged: it is not tried again, as versions do not change. */
  void refuse(String version, String note) {
    remember(version, true);
    say(note);
  }

  /** A version could not be reached, which may pass. */
  void fail(String version, String note) {
    remember(version, false);
    say(note);
  }

  private void remember(String version, boolean isForGood) {
    failed = version;
    forGood = isForGood;
    failedAt = nanoTime.getAsLong();
  }

  /** Says what is in the way, unless it was the last thing said. */
  void say(String note) {
    if (!note.equals(said)) {
      said = note;
      notes.accept(note);
    }
  }

  /** Nothing is in the way any more: what is met from now on is new. */
  void clear() {
    failed = null;
    said = null;
  }
}
