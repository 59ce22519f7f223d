package dev.tandem.model.optimize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Scales the gradient of a parameter down to a largest L2 norm before the updater sees it.
 *
 * <p>It does what DL4J's ClipL2PerParamType does, for a layer whose parameters are one array. DL4J
 * takes the norm by an operation that needs several times as long as reading the array; its kinds
 * of clipping are a closed enumeration, so this one comes in as a regularization, the other step
 * that DL4J lets change the gradient before the updater.
 */
public final class GradientClipping implements Regularization {
  private static final long serialVersionUID = 1L;
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Elements summed in float32 before they go to the sum in double precision. */
  private static final int BLOCK = 1 << 14;

  private final double threshold;

  /**
   * A clipping.
   *
   * @param threshold largest L2 norm, positive
   */
  public GradientClipping(@JsonProperty("threshold") double threshold) {
    if (!(threshold > 0)) {
      throw new IllegalArgumentException("threshold must be positive, but is " + threshold);
    }
    this.threshold = threshold;
  }

  /** Largest L2 norm. */
  public double getThreshold() {
    return threshold;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.BEFORE_UPDATER;
  }

  @Override
  public void apply(
      INDArray parameters, INDArray gradient, double learningRate, int iteration, int epoch) {
    double norm = norm(gradient);
    if (norm > threshold) {
      gradient.muli(threshold / norm);
    }
  }

  /** The L2 norm of an array. */
  static double norm(INDArray array) {
    return HostFloats.supports(array)
        ? Math.sqrt(sumOfSquares(HostFloats.bytes(array)))
        : array.norm2Number().doubleValue();
  }

  private static double sumOfSquares(ByteBuffer values) {
    int bytes = values.capacity();
    double sum = 0;
    int at = 0;
    while (at < bytes) {
      int end = (int) Math.min(bytes, at + (long) BLOCK * Float.BYTES);
      sum += block(values, at, end);
      at = end;
    }
    return sum;
  }

  private static float block(ByteBuffer values, int from, int to) {
    ByteOrder order = values.order();
    int stride = SPECIES.vectorByteSize();
    FloatVector first = FloatVector.zero(SPECIES);
    FloatVector second = FloatVector.zero(SPECIES);
    int at = from;
    for (; at + 2 * stride <= to; at += 2 * stride) {
      FloatVector a = FloatVector.fromByteBuffer(SPECIES, values, at, order);
      FloatVector b = FloatVector.fromByteBuffer(SPECIES, values, at + stride, order);
      first = a.fma(a, first);
      second = b.fma(b, second);
    }
    float sum = first.add(second).reduceLanes(VectorOperators.ADD);
    for (; at < to; at += Float.BYTES) {
      float value = values.getFloat(at);
      sum += value * value;
    }
    return sum;
  }

  @Override
  public double score(INDArray parameters, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return new GradientClipping(threshold);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GradientClipping that && Double.compare(that.threshold, threshold) == 0;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(threshold);
  }

  @Override
  public String toString() {
    return "GradientClipping(" + threshold + ")";
  }
}
