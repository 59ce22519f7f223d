package dev.tandem.model.encoder;

import org.junit.jupiter.api.BeforeAll;

/**
 * The contract at the precision of bfloat16. Operands are rounded by up to 2^-8 of their size; over
 * the six to eight products that an embedding of these small encoders passes through, errors of a
 * percent or so come together.
 */
class BrainFloatEncoderEngineTest extends EncoderEngineContract {

  @BeforeAll
  static void cpuHasIt() {
    BrainFloat.assumePresent();
  }

  @Override
  EncoderEngine engine(EncoderArchitecture architecture, Pooling pooling) {
    return new CpuEncoderEngine(architecture, pooling, Compute.BFLOAT16);
  }

  @Override
  double tolerance() {
    return 0.05;
  }

  @Override
  boolean smoothGradient(Pooling pooling) {
    return pooling != Pooling.MAX;
  }

  @Override
  double gradientTolerance() {
    return 0.05;
  }
}
