package dev.tandem.model.loss;

import java.io.Serializable;

/**
 * Which loss to train with.
 *
 * @param type one of {@link Losses#names}
 * @param similarity how embeddings are compared
 * @param temperature scores are divided by it; positive
 */
public record LossSettings(String type, Similarity similarity, double temperature)
    implements Serializable {

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException as {@link Losses#of}
   */
  public LossSettings {
    Losses.of(type, similarity, temperature);
  }

  /** The loss itself. */
  public ContrastiveLoss create() {
    return Losses.of(type, similarity, temperature);
  }
}
