package dev.tandem.model.optimize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of Adam in one pass: updates both means and turns the gradient into what is to be taken
 * from the parameters.
 *
 * @param beta1 share kept of the mean of the gradient
 * @param beta2 share kept of the mean of the squared gradient
 * @param rate learning rate with both bias corrections
 * @param epsilon added to the uncorrected root
 */
record AdamKernel(double beta1, double beta2, double rate, double epsilon) {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /**
   * Applies the step.
   *
   * @param gradient as {@link HostFloats} supports it; overwritten with the update
   * @param mean of the gradient, of the same length; updated
   * @param square mean of the squared gradient, of the same length; updated
   */
  void apply(INDArray gradient, INDArray mean, INDArray square) {
    apply(
        HostFloats.bytes(gradient),
        HostFloats.bytes(mean),
        HostFloats.bytes(square),
        Math.toIntExact(gradient.length()));
  }

  private void apply(ByteBuffer gradient, ByteBuffer mean, ByteBuffer square, int length) {
    float keep1 = (float) beta1;
    float keep2 = (float) beta2;
    float add1 = (float) (1 - beta1);
    float add2 = (float) (1 - beta2);
    float step = (float) rate;
    float floor = (float) epsilon;
    int end = SPECIES.loopBound(length) * Float.BYTES;
    int stride = SPECIES.vectorByteSize();
    int at = 0;
    for (; at < end; at += stride) {
      FloatVector g = FloatVector.fromByteBuffer(SPECIES, gradient, at, ORDER);
      FloatVector m = FloatVector.fromByteBuffer(SPECIES, mean, at, ORDER);
      FloatVector v = FloatVector.fromByteBuffer(SPECIES, square, at, ORDER);
      m = m.mul(keep1).add(g.mul(add1));
      v = v.mul(keep2).add(g.mul(g).mul(add2));
      m.intoByteBuffer(mean, at, ORDER);
      v.intoByteBuffer(square, at, ORDER);
      m.mul(step).div(v.sqrt().add(floor)).intoByteBuffer(gradient, at, ORDER);
    }
    for (; at < length * Float.BYTES; at += Float.BYTES) {
      float g = gradient.getFloat(at);
      float m = mean.getFloat(at) * keep1 + g * add1;
      float v = square.getFloat(at) * keep2 + g * g * add2;
      mean.putFloat(at, m);
      square.putFloat(at, v);
      gradient.putFloat(at, m * step / ((float) Math.sqrt(v) + floor));
    }
  }
}
