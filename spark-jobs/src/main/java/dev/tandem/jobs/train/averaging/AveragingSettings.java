package dev.tandem.jobs.train.averaging;

import java.io.Serializable;
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

  public AveragingSettings {
    Objects.requireNonNull(updaterState, "updaterState");
    Objects.requireNonNull(wire, "wire");
  }
}
