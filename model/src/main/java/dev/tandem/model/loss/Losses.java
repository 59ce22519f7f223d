package dev.tandem.model.loss;

import java.util.List;

/** The losses by their configuration names. */
public final class Losses {
  /** The name of {@link InfoNce}. */
  public static final String INFO_NCE = "info-nce";

  /** The name of the symmetric {@link InfoNce}. */
  public static final String INFO_NCE_SYMMETRIC = "info-nce-symmetric";

  /** The name of {@link NtXent}. */
  public static final String NT_XENT = "nt-xent";

  private Losses() {}

  /** All names that {@link #of} takes. */
  public static List<String> names() {
    return List.of(INFO_NCE, INFO_NCE_SYMMETRIC, NT_XENT);
  }

  /**
   * The loss of a name.
   *
   * @param type one of {@link #names}
   * @param temperature scores are divided by it
   * @throws IllegalArgumentException if there is no loss of this name, or the temperature is not a
   *     positive number
   */
  public static ContrastiveLoss of(String type, Similarity similarity, double temperature) {
    return switch (type) {
      case INFO_NCE -> new InfoNce(similarity, temperature);
      case INFO_NCE_SYMMETRIC -> new InfoNce(similarity, temperature, true);
      case NT_XENT -> new NtXent(similarity, temperature);
      default ->
          throw new IllegalArgumentException(
              "no loss named \"" + type + "\"; there are " + String.join(", ", names()));
    };
  }

  static void requireTemperature(double temperature) {
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "temperature must be a positive number, but is " + temperature);
    }
  }
}
