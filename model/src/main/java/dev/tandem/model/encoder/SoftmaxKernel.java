package dev.tandem.model.encoder;

import static dev.tandem.model.encoder.VectorMath.LANES;
import static dev.tandem.model.encoder.VectorMath.SPECIES;
import static dev.tandem.model.encoder.VectorMath.load;
import static dev.tandem.model.encoder.VectorMath.put;
import static dev.tandem.model.encoder.VectorMath.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softmax over the rows of a square matrix whose rows are whole vectors apart, so that loops need
 * not care where a row ends; columns behind the end hold arbitrary values between calls.
 */
final class SoftmaxKernel {

  private SoftmaxKernel() {}

  /**
   * Replaces scores by probabilities.
   *
   * @param scores [length, stride]
   * @param logSums receives the logarithm of each row's sum of exponentials, from {@code logSumsAt}
   */
  static void forward(
      FloatMemory scores, int length, int stride, FloatMemory logSums, long logSumsAt) {
    for (int row = 0; row < length; row++) {
      logSums.put(logSumsAt + row, forwardRow(scores.bytes(), row * stride, length));
    }
  }

  private static float forwardRow(ByteBuffer scores, int start, int length) {
    int end = VectorMath.roundUp(length);
    for (int i = length; i < end; i++) {
      put(scores, start + i, Float.NEGATIVE_INFINITY);
    }
    float max = largest(scores, start, end);
    float sum = exponentials(scores, start, end, max);
    float inverse = 1 / sum;
    for (int i = 0; i < end; i += LANES) {
      store(load(scores, start + i).mul(inverse), scores, start + i);
    }
    return max + (float) Math.log(sum);
  }

  private static float largest(ByteBuffer scores, int start, int end) {
    FloatVector largest = load(scores, start);
    for (int i = LANES; i < end; i += LANES) {
      largest = largest.max(load(scores, start + i));
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  private static float exponentials(ByteBuffer scores, int start, int end, float max) {
    FloatVector sums = FloatVector.zero(SPECIES);
    for (int i = 0; i < end; i += LANES) {
      FloatVector e = VectorMath.expOfNonPositive(load(scores, start + i).sub(max));
      store(e, scores, start + i);
      sums = sums.add(e);
    }
    return sums.reduceLanes(VectorOperators.ADD);
  }

  /**
   * Replaces scores by probabilities and the gradient of the probabilities by that of the scores.
   *
   * @param scores [length, stride]
   * @param gradient [length, stride]
   * @param logSums from the forward pass
   * @param products for each row the sum of probabilities times their gradient
   */
  static void backward(
      FloatMemory scores,
      FloatMemory gradient,
      int length,
      int stride,
      FloatMemory logSums,
      long logSumsAt,
      FloatMemory products) {
    for (int row = 0; row < length; row++) {
      backwardRow(
          scores.bytes(),
          gradient.bytes(),
          row * stride,
          length,
          logSums.get(logSumsAt + row),
          products.get(row));
    }
  }

  private static void backwardRow(
      ByteBuffer scores, ByteBuffer gradient, int start, int length, float logSum, float product) {
    for (int i = 0; i < length; i += LANES) {
      FloatVector p = VectorMath.expOfNonPositive(load(scores, start + i).sub(logSum));
      store(p, scores, start + i);
      store(load(gradient, start + i).sub(product).mul(p), gradient, start + i);
    }
  }
}
