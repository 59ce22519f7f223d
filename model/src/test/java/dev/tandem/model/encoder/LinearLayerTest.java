package dev.tandem.model.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The three products of a linear layer against double precision, on shapes that no vector, block or
 * chunk divides.
 */
class LinearLayerTest {

  /** A sum of K products in float32 is off by up to about K roundings. */
  private static final double FLOAT_ROUNDING = 0x1p-23;

  /** So many values that their errors average out. */
  private static final int MANY = 1000;

  private final Scratch scratch = new Scratch();
  private final Random random = new Random(3);

  @AfterEach
  void free() {
    scratch.close();
  }

  private FloatMemory randoms(int rows, int columns) {
    FloatMemory memory =
        scratch.allocate("test", (long) LinearLayer.roundUp(rows) * Math.max(columns, 1));
    for (int i = 0; i < rows * columns; i++) {
      memory.put(i, (float) random.nextGaussian());
    }
    for (int i = rows * columns; i < memory.size(); i++) {
      memory.put(i, Float.NaN);
    }
    return memory;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 12, 36",
    "31, 72, 150",
    "32, 1, 7",
    "33, 7, 1",
    "256, 384, 96",
    "257, 130, 33",
    "611, 48, 65",
    "800, 33, 20"
  })
  void productsInFloat32(int tokens, int in, int out) {
    check(new FloatLinearLayer(in, out), tokens, in, out, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 12, 36",
    "31, 72, 150",
    "32, 1, 7",
    "33, 7, 1",
    "256, 384, 96",
    "257, 130, 33",
    "611, 48, 65",
    "800, 33, 20"
  })
  void productsInBfloat16(int tokens, int in, int out) {
    BrainFloat.assumePresent();
    try (BrainFloatProducts products = new BrainFloatProducts();
        BrainFloatLinearLayer layer = new BrainFloatLinearLayer(products, in, out)) {
      check(layer, tokens, in, out, BrainFloat.ROUNDING);
      check(layer, Math.max(1, tokens / 3), in, out, BrainFloat.ROUNDING);
    }
  }

  private void check(LinearLayer layer, int tokens, int in, int out, double rounding) {
    FloatMemory x = randoms(tokens, in);
    FloatMemory dy = randoms(tokens, out);
    FloatMemory weight = randoms(out, in);
    layer.readForward(weight);
    layer.readBackward(weight);

    FloatMemory y = randoms(tokens, out);
    layer.forward(tokens, x, false, y);
    Product forward =
        (row, column, k) -> new double[] {x.get(row * in + k), weight.get(column * in + k)};
    compare(y, null, tokens, out, in, forward, rounding);
    FloatMemory sum = randoms(tokens, out);
    float[] before = copy(sum, tokens * out);
    layer.forward(tokens, x, true, sum);
    compare(sum, before, tokens, out, in, forward, rounding);

    FloatMemory dx = randoms(tokens, in);
    layer.inputGradient(tokens, dy, false, dx);
    Product input =
        (row, column, k) -> new double[] {dy.get(row * out + k), weight.get(k * in + column)};
    compare(dx, null, tokens, in, out, input, rounding);
    FloatMemory dxSum = randoms(tokens, in);
    before = copy(dxSum, tokens * in);
    layer.inputGradient(tokens, dy, true, dxSum);
    compare(dxSum, before, tokens, in, out, input, rounding);

    FloatMemory dWeight = randoms(out, in);
    layer.weightGradient(tokens, x, dy, dWeight);
    compare(
        dWeight,
        null,
        out,
        in,
        tokens,
        (row, column, k) -> new double[] {dy.get(k * out + row), x.get(k * in + column)},
        rounding);
  }

  private interface Product {
    double[] factors(int row, int column, int k);
  }

  private static float[] copy(FloatMemory memory, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = memory.get(i);
    }
    return values;
  }

  /**
   * Holds each value against its bound: with factors off by r each, a product is off by 2 r + r^2
   * of its size. As a whole the errors average out and stay below two roundings.
   */
  private static void compare(
      FloatMemory actual,
      float[] before,
      int rows,
      int columns,
      int inner,
      Product product,
      double rounding) {
    IntToDoubleFunction start = i -> before == null ? 0 : before[i];
    double squaredError = 0;
    double squaredSize = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = row * columns + column;
        double expected = start.applyAsDouble(at);
        double size = Math.abs(expected);
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          double[] factors = product.factors(row, column, k);
          sum += factors[0] * factors[1];
          size += Math.abs(factors[0] * factors[1]);
        }
        expected += sum;
        double error = actual.get(at) - expected;
        double bound = rounding * (2 + rounding) + (inner + 1) * FLOAT_ROUNDING;
        assertThat(Math.abs(error))
            .as("row %d, column %d of %d x %d", row, column, rows, columns)
            .isLessThanOrEqualTo(bound * size);
        squaredError += error * error;
        squaredSize += sum * sum;
      }
    }
    double expectedOnAverage = rows * columns < MANY ? 2 * rounding : rounding;
    assertThat(Math.sqrt(squaredError / squaredSize)).isLessThan(1e-6 + expectedOnAverage);
  }

  @Test
  void memoryWithoutRoomForWholeRowsIsRefused() {
    BrainFloat.assumePresent();
    try (BrainFloatProducts products = new BrainFloatProducts();
        BrainFloatLinearLayer layer = new BrainFloatLinearLayer(products, 4, 3)) {
      layer.readForward(randoms(3, 4));
      FloatMemory small = scratch.allocate("test", 5 * 3);
      FloatMemory x = randoms(5, 4);
      assertThatThrownBy(() -> layer.forward(5, x, false, small))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("room for 96 floats, not 15");
    }
  }

  @Test
  void whatOneDnnMadeIsFreedOnceByCloseAndWithoutItWhenItIsGarbage() throws InterruptedException {
    BrainFloat.assumePresent();
    int before = BrainFloatProducts.alive();
    BrainFloatProducts closed = new BrainFloatProducts();
    multiply(closed);
    multiply(new BrainFloatProducts());
    assertThat(BrainFloatProducts.alive()).isEqualTo(before + 2);
    closed.close();
    closed.close();
    // Others that earlier tests have dropped may go too
    for (int i = 0; i < 100 && BrainFloatProducts.alive() > before; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(BrainFloatProducts.alive()).isLessThanOrEqualTo(before);
  }

  private void multiply(BrainFloatProducts products) {
    try (BrainFloatLinearLayer layer = new BrainFloatLinearLayer(products, 4, 3)) {
      layer.readForward(randoms(3, 4));
      layer.forward(5, randoms(5, 4), false, randoms(5, 3));
    }
  }
}
