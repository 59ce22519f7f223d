package dev.tandem.model.optimize;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.Axpy;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Weight decay as AdamW has it: each step also takes learning rate times coefficient times the
 * parameter, beside the updater's state.
 *
 * <p>ND4J's WeightDecay does the same but adds half the coefficient times the squared norm of all
 * parameters to the score, which then is not the loss any more, and reads all parameters once more
 * for it. This one leaves the score alone.
 */
public final class DecoupledWeightDecay implements Regularization {
  private static final long serialVersionUID = 1L;

  private final double coefficient;

  /**
   * A decay.
   *
   * @param coefficient share of a parameter taken a step, to be multiplied by the learning rate;
   *     not negative
   */
  public DecoupledWeightDecay(@JsonProperty("coefficient") double coefficient) {
    if (!(coefficient >= 0)) {
      throw new IllegalArgumentException("coefficient must be at least 0, but is " + coefficient);
    }
    this.coefficient = coefficient;
  }

  /** Share of a parameter taken a step, to be multiplied by the learning rate. */
  public double getCoefficient() {
    return coefficient;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.POST_UPDATER;
  }

  @Override
  public void apply(
      INDArray parameters, INDArray update, double learningRate, int iteration, int epoch) {
    Nd4j.exec(new Axpy(parameters, update, update, coefficient * learningRate));
  }

  @Override
  public double score(INDArray parameters, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return new DecoupledWeightDecay(coefficient);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecoupledWeightDecay that
        && Double.compare(that.coefficient, coefficient) == 0;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(coefficient);
  }

  @Override
  public String toString() {
    return "DecoupledWeightDecay(" + coefficient + ")";
  }
}
