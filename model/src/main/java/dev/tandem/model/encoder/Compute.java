package dev.tandem.model.encoder;

import java.util.Locale;

/**
 * The numbers that the matrix products of linear layers multiply. Sums, parameters, gradients,
 * attention and all that lies between the products are float32 in either case.
 */
public enum Compute {
  /** Single precision, 24 bits. */
  FLOAT32,

  /** The upper half of a float32, 8 bits of precision; by oneDNN on CPUs that multiply it. */
  BFLOAT16;

  /**
   * The compute of a key.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Compute of(String key) {
    for (Compute compute : values()) {
      if (compute.key().equals(key)) {
        return compute;
      }
    }
    throw new IllegalArgumentException(
        "unknown compute '" + key + "'; known are float32 and bfloat16");
  }

  /** Its name in configuration and manifests. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
