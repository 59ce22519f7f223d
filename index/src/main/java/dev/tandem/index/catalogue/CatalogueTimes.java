package dev.tandem.index.catalogue;

import java.time.Duration;

/**
 * How long the catalogue waits for what.
 *
 * @param lease a reader or writer that was silent for this long is gone
 * @param pause see {@link ExclusiveFile}; used on stores without exclusive creation of their own
 * @param abandoned a publication file that is still unreadable after this long was left by a writer
 *     that is gone; much longer than writing it can take
 */
public record CatalogueTimes(Duration lease, Duration pause, Duration abandoned) {

  /** What suits a cluster: ten minutes, five seconds, five minutes. */
  public static final CatalogueTimes DEFAULT =
      new CatalogueTimes(Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofMinutes(5));

  /** Checks the components. */
  public CatalogueTimes {
    if (lease.isNegative() || lease.isZero() || pause.isNegative() || abandoned.isNegative()) {
      throw new IllegalArgumentException(
          "a lease must be positive, pause and abandoned not negative, got "
              + lease
              + ", "
              + pause
              + ", "
              + abandoned);
    }
  }
}
