package dev.tandem.jobs.bench;

import dev.tandem.model.encoder.EncoderArchitecture;

/**
 * Floating-point operations that an encoder needs, gemms alone; a multiplication and addition are
 * two.
 */
final class EncoderWork {
  private EncoderWork() {}

  /**
   * Operations of the forward pass of texts of one length.
   *
   * @param length tokens of each text
   */
  static double forward(EncoderArchitecture architecture, int texts, int length) {
    double h = architecture.hiddenSize();
    double linear = 2 * (4 * h * h + 2 * h * architecture.intermediateSize());
    double attention = 4 * h * length;
    return architecture.layers() * (linear + attention) * texts * length;
  }

  /** Operations of forward and backward pass, without what is computed again. */
  static double step(EncoderArchitecture architecture, int texts, int length) {
    return 3 * forward(architecture, texts, length);
  }
}
