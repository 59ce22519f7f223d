package dev.tandem.model.encoder;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What tests of bfloat16 share. */
final class BrainFloat {

  /** The most that rounding to eight bits changes a number by, over its size. */
  static final double ROUNDING = 0x1p-8;

  private BrainFloat() {}

  /** Skips the test on a machine without bfloat16 products. */
  static void assumePresent() {
    assumeTrue(
        BrainFloatSupport.here() != BrainFloatSupport.NONE,
        "this CPU has neither AVX512_BF16 nor AMX, or there is no oneDNN for it");
  }
}
