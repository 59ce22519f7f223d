package dev.tandem.jobs.train.averaging;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * How workers come together after a round.
 *
 * @param updaterState what becomes of their updater states
 * @param wire what they send their parameters as
 */
public record AveragingSettings(UpdaterState updaterState, Wire wire) implements Serializable {
  /** Parameters and updater state averaged in float32. */
  public static final AveragingSettings DEFAULT =
      new AveragingSettings(UpdaterState.AVERAGE, Wire.FLOAT32);

  /** Settings by the names that the configuration has for them. */
  public static AveragingSettings named(String updaterState, String wire) {
    return new AveragingSettings(
        UpdaterState.valueOf(updaterState.toUpperCase(Locale.ROOT)),
        Wire.valueOf(wire.toUpperCase(Locale.ROOT)));
  }

  public AveragingSettings {
    Objects.requireNonNull(updaterState, "updaterState");
    Objects.requireNonNull(wire, "wire");
  }
}
