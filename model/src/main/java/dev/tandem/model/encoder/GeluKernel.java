package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.broadcast;
import static dev.tandem.model.encoder.VectorMath.get;
import static dev.tandem.model.encoder.VectorMath.load;
import static dev.tandem.model.encoder.VectorMath.put;
import static dev.tandem.model.encoder.VectorMath.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * Bias and GELU in its erf form, {@code x * Phi(x)}, forward and backward.
 *
 * <p>The loops are kept short on purpose: C2 stops inlining Vector API calls where a method grows
 * beyond its node limit, and then allocates every vector, which costs a factor of ten.
 */
final class GeluKernel {

  /** One over the square root of two pi. */
  private static final float DENSITY = 0.3989422804f;

  private static final float SQRT_HALF = 0.70710678f;

  private static final FloatVector DENSITY_LANES = broadcast(DENSITY);
  private static final FloatVector SQRT_HALF_LANES = broadcast(SQRT_HALF);
  private static final FloatVector HALF = broadcast(0.5f);
  private static final FloatVector MINUS_HALF = broadcast(-0.5f);

  private GeluKernel() {}

  /**
   * Adds the bias to rows in place and writes their GELU.
   *
   * @param x [rows, width]; becomes x + bias
   * @param bias [width]
   * @param y [rows, width]; may be {@code x} itself, where the sum is not needed
   */
  static void forward(FloatMemory x, FloatMemory bias, FloatMemory y, int rows, int width) {
    ByteBuffer xBytes = x.bytes();
    ByteBuffer yBytes = y.bytes();
    for (int row = 0; row < rows; row++) {
      forwardRow(xBytes, bias.bytes(), yBytes, row * width, width);
    }
  }

  private static void forwardRow(
      ByteBuffer x, ByteBuffer bias, ByteBuffer y, int start, int width) {
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      FloatVector v = load(x, start + i).add(load(bias, i));
      store(v, x, start + i);
      store(v.mul(normalCdf(v)), y, start + i);
    }
    for (; i < width; i++) {
      float v = get(x, start + i) + get(bias, i);
      put(x, start + i, v);
      put(y, start + i, v * normalCdf(v));
    }
  }

  private static FloatVector normalCdf(FloatVector x) {
    return VectorMath.erf(x.mul(SQRT_HALF_LANES)).fma(HALF, HALF);
  }

  private static float normalCdf(float x) {
    return VectorMath.erf(x * SQRT_HALF) * 0.5f + 0.5f;
  }

  /**
   * From the kept sum, recomputes the GELU and turns its gradient into that of the sum.
   *
   * @param x [rows, width], the sum of the forward pass; becomes its GELU
   * @param gradient [rows, width], of the GELU; becomes that of the sum
   * @param biasGradient [width], gets the column sums of the latter added
   * @param row [width], space
   */
  static void backward(
      FloatMemory x,
      FloatMemory gradient,
      FloatMemory biasGradient,
      FloatMemory row,
      int rows,
      int width) {
    for (int r = 0; r < rows; r++) {
      densities(x.bytes(), r * width, row.bytes(), width);
      backwardRow(x.bytes(), gradient.bytes(), biasGradient.bytes(), row.bytes(), r * width, width);
    }
  }

  /** Writes {@code x * density(x)} of one row. */
  private static void densities(ByteBuffer x, int start, ByteBuffer row, int width) {
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      FloatVector v = load(x, start + i);
      FloatVector e = VectorMath.expOfNonPositive(v.mul(v).mul(MINUS_HALF));
      store(e.mul(v).mul(DENSITY_LANES), row, i);
    }
    for (; i < width; i++) {
      float v = get(x, start + i);
      put(row, i, v * (float) (DENSITY * Math.exp(-0.5 * v * (double) v)));
    }
  }

  private static void backwardRow(
      ByteBuffer x,
      ByteBuffer gradient,
      ByteBuffer biasGradient,
      ByteBuffer row,
      int start,
      int width) {
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      FloatVector v = load(x, start + i);
      FloatVector cdf = normalCdf(v);
      store(v.mul(cdf), x, start + i);
      FloatVector g = load(gradient, start + i).mul(load(row, i).add(cdf));
      store(g, gradient, start + i);
      store(load(biasGradient, i).add(g), biasGradient, i);
    }
    for (; i < width; i++) {
      float v = get(x, start + i);
      float cdf = normalCdf(v);
      put(x, start + i, v * cdf);
      float g = get(gradient, start + i) * (get(row, i) + cdf);
      put(gradient, start + i, g);
      put(biasGradient, i, get(biasGradient, i) + g);
    }
  }
}
