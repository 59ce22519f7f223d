package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.broadcast;
import static dev.tandem.model.encoder.VectorMath.get;
import static dev.tandem.model.encoder.VectorMath.load;
import static dev.tandem.model.encoder.VectorMath.put;
import static dev.tandem.model.encoder.VectorMath.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** LayerNorm over rows, forward and backward. */
final class LayerNormKernel {

  private final int width;
  private final int whole;
  private final float epsilon;

  LayerNormKernel(int width, double epsilon) {
    this.width = width;
    this.whole = VectorMath.wholeVectors(width);
    this.epsilon = (float) epsilon;
  }

  /** What a LayerNorm keeps for its backward pass. */
  record Kept(FloatMemory sum, FloatMemory statistics) {}

  /** Scale and shift of a LayerNorm, [width] each; or their gradients. */
  record Parameters(FloatMemory scale, FloatMemory shift) {}

  /**
   * Adds bias and residual to rows and normalizes them.
   *
   * @param kept its sum [rows, width] comes with the rows and becomes {@code rows + bias +
   *     residual}; its statistics [rows, 2] receive mean and inverse standard deviation
   * @param bias [width]
   * @param residual [rows, width]
   * @param output [rows, width]; may be the residual
   */
  void addAndNormalize(
      Kept kept,
      FloatMemory bias,
      FloatMemory residual,
      Parameters parameters,
      FloatMemory output,
      int rows) {
    ByteBuffer sum = kept.sum().bytes();
    for (int row = 0; row < rows; row++) {
      int start = row * width;
      addRow(sum, bias.bytes(), residual.bytes(), start);
      normalizeRow(kept, parameters, output, row);
    }
  }

  /** Normalizes rows that are complete sums already. */
  void normalize(Kept kept, Parameters parameters, FloatMemory output, int rows) {
    for (int row = 0; row < rows; row++) {
      normalizeRow(kept, parameters, output, row);
    }
  }

  private void addRow(ByteBuffer sum, ByteBuffer bias, ByteBuffer residual, int start) {
    int i = 0;
    for (; i < whole; i += LANES) {
      FloatVector v = load(sum, start + i).add(load(bias, i)).add(load(residual, start + i));
      store(v, sum, start + i);
    }
    for (; i < width; i++) {
      put(sum, start + i, get(sum, start + i) + get(bias, i) + get(residual, start + i));
    }
  }

  private void normalizeRow(Kept kept, Parameters parameters, FloatMemory output, int row) {
    ByteBuffer sum = kept.sum().bytes();
    int start = row * width;
    float mean = total(sum, start) / width;
    float inverse = (float) (1 / Math.sqrt(squares(sum, start, mean) / width + epsilon));
    put(kept.statistics().bytes(), 2 * row, mean);
    put(kept.statistics().bytes(), 2 * row + 1, inverse);

    ByteBuffer scale = parameters.scale().bytes();
    ByteBuffer shift = parameters.shift().bytes();
    ByteBuffer out = output.bytes();
    int i = 0;
    for (; i < whole; i += LANES) {
      FloatVector normal = load(sum, start + i).sub(mean).mul(inverse);
      store(normal.fma(load(scale, i), load(shift, i)), out, start + i);
    }
    for (; i < width; i++) {
      float normal = (get(sum, start + i) - mean) * inverse;
      put(out, start + i, normal * get(scale, i) + get(shift, i));
    }
  }

  private float total(ByteBuffer values, int start) {
    FloatVector total = FloatVector.zero(VectorMath.SPECIES);
    int i = 0;
    for (; i < whole; i += LANES) {
      total = total.add(load(values, start + i));
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < width; i++) {
      sum += get(values, start + i);
    }
    return sum;
  }

  private float squares(ByteBuffer values, int start, float mean) {
    FloatVector total = FloatVector.zero(VectorMath.SPECIES);
    int i = 0;
    for (; i < whole; i += LANES) {
      FloatVector centred = load(values, start + i).sub(mean);
      total = centred.fma(centred, total);
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < width; i++) {
      float centred = get(values, start + i) - mean;
      sum += centred * centred;
    }
    return sum;
  }

  /**
   * Turns the gradient of the output into that of the sum.
   *
   * @param kept from the forward pass
   * @param gradient [rows, width]; of the output before, of the sum afterwards
   * @param gradients of scale and shift; added to
   * @param biasGradient [width], gets the column sums of the sum's gradient added
   */
  void backward(
      Kept kept,
      Parameters parameters,
      FloatMemory gradient,
      Parameters gradients,
      FloatMemory biasGradient,
      int rows) {
    for (int row = 0; row < rows; row++) {
      backwardRow(kept, parameters, gradient, gradients, biasGradient, row);
    }
  }

  private void backwardRow(
      Kept kept,
      Parameters parameters,
      FloatMemory gradientRows,
      Parameters gradients,
      FloatMemory biasGradients,
      int row) {
    ByteBuffer sum = kept.sum().bytes();
    ByteBuffer gradient = gradientRows.bytes();
    ByteBuffer scale = parameters.scale().bytes();
    ByteBuffer scaleGradient = gradients.scale().bytes();
    ByteBuffer shiftGradient = gradients.shift().bytes();
    float mean = get(kept.statistics().bytes(), 2 * row);
    float inverse = get(kept.statistics().bytes(), 2 * row + 1);
    int start = row * width;

    FloatVector totals = FloatVector.zero(VectorMath.SPECIES);
    FloatVector products = FloatVector.zero(VectorMath.SPECIES);
    int i = 0;
    for (; i < whole; i += LANES) {
      FloatVector dy = load(gradient, start + i);
      FloatVector normal = load(sum, start + i).sub(mean).mul(inverse);
      FloatVector scaled = dy.mul(load(scale, i));
      totals = totals.add(scaled);
      products = scaled.fma(normal, products);
      store(dy.fma(normal, load(scaleGradient, i)), scaleGradient, i);
      store(dy.add(load(shiftGradient, i)), shiftGradient, i);
    }
    float total = totals.reduceLanes(VectorOperators.ADD);
    float product = products.reduceLanes(VectorOperators.ADD);
    for (; i < width; i++) {
      float dy = get(gradient, start + i);
      float normal = (get(sum, start + i) - mean) * inverse;
      float scaled = dy * get(scale, i);
      total += scaled;
      product += scaled * normal;
      put(scaleGradient, i, get(scaleGradient, i) + dy * normal);
      put(shiftGradient, i, get(shiftGradient, i) + dy);
    }

    float meanTotal = total / width;
    float meanProduct = product / width;
    ByteBuffer biasGradient = biasGradients.bytes();
    FloatVector factor = broadcast(-meanProduct);
    i = 0;
    for (; i < whole; i += LANES) {
      FloatVector normal = load(sum, start + i).sub(mean).mul(inverse);
      FloatVector scaled = load(gradient, start + i).mul(load(scale, i)).sub(meanTotal);
      FloatVector ds = normal.fma(factor, scaled).mul(inverse);
      store(ds, gradient, start + i);
      store(load(biasGradient, i).add(ds), biasGradient, i);
    }
    for (; i < width; i++) {
      float normal = (get(sum, start + i) - mean) * inverse;
      float scaled = get(gradient, start + i) * get(scale, i);
      float ds = inverse * (scaled - meanTotal - normal * meanProduct);
      put(gradient, start + i, ds);
      put(biasGradient, i, get(biasGradient, i) + ds);
    }
  }
}
