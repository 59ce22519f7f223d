package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.broadcast;
import static dev.tandem.model.encoder.VectorMath.get;
import static dev.tandem.model.encoder.VectorMath.load;
import static dev.tandem.model.encoder.VectorMath.put;
import static dev.tandem.model.encoder.VectorMath.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/** Bias and GELU in its erf form, {@code x * Phi(x)}, forward and backward. */
final class GeluKernel {

  private static final float DENSITY = 0.3989422804f;

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
      FloatVector e = VectorMath.exp(v.mul(v).mul(-0.5f));
      store(v.mul(VectorMath.normalCdf(v, e)), y, start + i);
    }
    for (; i < width; i++) {
      float v = get(x, start + i) + get(bias, i);
      put(x, start + i, v);
      put(y, start + i, v * VectorMath.normalCdf(v));
    }
  }

  /**
   * From the kept sum, recomputes the GELU and turns its gradient into that of the sum.
   *
   * @param x [rows, width], the sum of the forward pass; becomes its GELU
   * @param gradient [rows, width], of the GELU; becomes that of the sum
   * @param biasGradient [width], gets the column sums of the latter added
   */
  static void backward(
      FloatMemory x, FloatMemory gradient, FloatMemory biasGradient, int rows, int width) {
    for (int row = 0; row < rows; row++) {
      backwardRow(x.bytes(), gradient.bytes(), biasGradient.bytes(), row * width, width);
    }
  }

  private static void backwardRow(
      ByteBuffer x, ByteBuffer gradient, ByteBuffer biasGradient, int start, int width) {
    int i = 0;
    for (int end = VectorMath.wholeVectors(width); i < end; i += LANES) {
      FloatVector v = load(x, start + i);
      FloatVector e = VectorMath.exp(v.mul(v).mul(-0.5f));
      FloatVector cdf = VectorMath.normalCdf(v, e);
      store(v.mul(cdf), x, start + i);
      FloatVector slope = v.mul(e).fma(broadcast(DENSITY), cdf);
      FloatVector g = load(gradient, start + i).mul(slope);
      store(g, gradient, start + i);
      store(load(biasGradient, i).add(g), biasGradient, i);
    }
    for (; i < width; i++) {
      float v = get(x, start + i);
      float cdf = VectorMath.normalCdf(v);
      put(x, start + i, v * cdf);
      float slope = cdf + v * (float) (DENSITY * Math.exp(-0.5 * v * (double) v));
      float g = get(gradient, start + i) * slope;
      put(gradient, start + i, g);
      put(biasGradient, i, get(biasGradient, i) + g);
    }
  }
}
