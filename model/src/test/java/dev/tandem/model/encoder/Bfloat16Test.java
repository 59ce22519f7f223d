package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
  private static float rounded(float value) {
    return Bfloat16.toFloat(Bfloat16.of(value));
  }

  @Test
  void roundsToTheNearestAndOfTwoToTheEven() {
    // One place at 1 is 2^-7
    assertThat(rounded(1f)).isEqualTo(1f);
    assertThat(rounded(1f + 0x1p-9f)).isEqualTo(1f);
    assertThat(rounded(1f + 0x1.8p-8f)).isEqualTo(1f + 0x1p-7f);
    assertThat(rounded(1f + 0x1p-8f)).as("a tie below an odd place").isEqualTo(1f);
    assertThat(rounded(1f + 0x1.8p-7f)).as("a tie above one").isEqualTo(1f + 0x1p-6f);
    assertThat(rounded(-1f - 0x1.8p-7f)).isEqualTo(-1f - 0x1p-6f);
    assertThat(rounded(0x1.ffp9f)).as("carries into the exponent").isEqualTo(0x1p10f);
  }

  @Test
  void keepsWhatIsNoOrdinaryNumber() {
    assertThat(rounded(Float.NaN)).isNaN();
    assertThat(rounded(Float.intBitsToFloat(0x7f800001))).as("a NaN of low bits").isNaN();
    assertThat(rounded(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(rounded(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Float.floatToRawIntBits(rounded(-0f))).isEqualTo(0x80000000);
  }

  @Test
  void everyBfloat16StaysItself() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Bfloat16.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Bfloat16.of(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void theErrorIsAtMostHalfAPlace() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float value = Math.scalb(random.nextFloat() * 2 - 1, random.nextInt(60) - 30);
      assertThat(rounded(value)).isCloseTo(value, within(Math.abs(value) * 0x1p-8f));
    }
  }
}
