package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BrainFloatKernelTest {

  /** What {@code values} become, by the vector loop and by the loop for the rest alike. */
  private static float[] convert(float... values) {
    int offset = 3;
    try (Scratch scratch = new Scratch();
        ByteMemory target = new ByteMemory()) {
      FloatMemory source = scratch.allocate("test", offset + values.length);
      for (int i = 0; i < values.length; i++) {
        source.put(offset + i, values[i]);
      }
      target.require(2L * values.length);
      BrainFloatKernel.convert(source, offset, target.bytes(), values.length);
      float[] converted = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        converted[i] = Float.intBitsToFloat(target.bytes().getShort(2 * i) << 16);
      }
      return converted;
    }
  }

  @Test
  void everythingIsRoundedToTheNearestOrTheEvenOne() {
    float[] values = new float[5 * VectorMath.LANES + VectorMath.LANES / 2 + 1];
    Random random = new Random(2);
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(random.nextInt(0x7f000000) | (i % 2) << 31);
    }
    float[] converted = convert(values);
    for (int i = 0; i < values.length; i++) {
      float below = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
      float above =
          Float.intBitsToFloat((Float.floatToRawIntBits(values[i]) & 0xffff0000) + 0x10000);
      assertThat(converted[i]).isIn(below, above);
      assertThat(Math.abs((double) values[i] - converted[i]))
          .isLessThanOrEqualTo(Math.abs((double) above - below) / 2);
    }
    assertThat(convert(1 + 0x1p-8f, 1 + 0x3p-8f, -1 - 0x1p-8f, 1 + 0x1.01p-8f, 1 + 0x1p-9f))
        .containsExactly(1, 1 + 0x1p-6f, -1, 1 + 0x1p-7f, 1);
  }

  @Test
  void whatIsNotFiniteStaysSo() {
    float[] values = new float[VectorMath.LANES + 4];
    for (int i = 0; i < values.length; i += 4) {
      values[i] = Float.POSITIVE_INFINITY;
      values[i + 1] = Float.NEGATIVE_INFINITY;
      values[i + 2] = Float.NaN;
      values[i + 3] = Float.MAX_VALUE;
    }
    float[] converted = convert(values);
    for (int i = 0; i < values.length; i += 4) {
      assertThat(converted[i]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(converted[i + 1]).isEqualTo(Float.NEGATIVE_INFINITY);
      assertThat(converted[i + 2]).isNaN();
      assertThat(converted[i + 3]).isEqualTo(Float.POSITIVE_INFINITY);
    }
    assertThat(convert(0f, -0f)).containsExactly(0f, -0f);
  }
}
