package dev.tandem.model.optimize;

import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The Adam part of AdamW exactly as PyTorch computes it: epsilon is added to the bias-corrected
 * root, where ND4J's Adam adds it before the correction, which in the first steps makes it thirty
 * times larger. One pass over gradient and state. The weight decay is a {@link
 * DecoupledWeightDecay} beside it.
 */
public final class AdamW implements IUpdater {
  private static final long serialVersionUID = 1L;

  private double learningRate;
  private ISchedule learningRateSchedule;
  private double beta1;
  private double beta2;
  private double epsilon;

  /** PyTorch's defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8. */
  public AdamW() {
    this(1e-3, null, 0.9, 0.999, 1e-8);
  }

  /**
   * An updater.
   *
   * @param learningRate the learning rate where there is no schedule
   * @param learningRateSchedule its schedule, or null
   * @param beta1 share kept a step of the mean of the gradient
   * @param beta2 share kept a step of the mean of the squared gradient
   * @param epsilon added to the root of the latter
   */
  public AdamW(
      @JsonProperty("learningRate") double learningRate,
      @JsonProperty("learningRateSchedule") ISchedule learningRateSchedule,
      @JsonProperty("beta1") double beta1,
      @JsonProperty("beta2") double beta2,
      @JsonProperty("epsilon") double epsilon) {
    this.learningRate = learningRate;
    this.learningRateSchedule = learningRateSchedule;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  @Override
  public long stateSize(long numParams) {
    return 2 * numParams;
  }

  @Override
  public GradientUpdater<AdamW> instantiate(INDArray viewArray, boolean initializeViewArray) {
    AdamWUpdater updater = new AdamWUpdater(this);
    updater.setStateViewArray(viewArray, null, viewArray.ordering(), initializeViewArray);
    return updater;
  }

  @Override
  public GradientUpdater<AdamW> instantiate(
      Map<String, INDArray> updaterState, boolean initializeStateArrays) {
    AdamWUpdater updater = new AdamWUpdater(this);
    updater.setState(updaterState, initializeStateArrays);
    return updater;
  }

  @Override
  public AdamW clone() {
    return new AdamW(learningRate, learningRateSchedule, beta1, beta2, epsilon);
  }

  @Override
  public double getLearningRate(int iteration, int epoch) {
    return learningRateSchedule == null
        ? learningRate
        : learningRateSchedule.valueAt(iteration, epoch);
  }

  @Override
  public boolean hasLearningRate() {
    return true;
  }

  @Override
  public void setLrAndSchedule(double lr, ISchedule lrSchedule) {
    learningRate = lr;
    learningRateSchedule = lrSchedule;
  }

  /** Sets the learning rate where there is no schedule. */
  public void setLearningRate(double learningRate) {
    this.learningRate = learningRate;
  }

  /** Share kept a step of the mean of the gradient. */
  public double getBeta1() {
    return beta1;
  }

  /** Sets the share kept a step of the mean of the gradient. */
  public void setBeta1(double beta1) {
    this.beta1 = beta1;
  }

  /** Share kept a step of the mean of the squared gradient. */
  public double getBeta2() {
    return beta2;
  }

  /** Sets the share kept a step of the mean of the squared gradient. */
  public void setBeta2(double beta2) {
    this.beta2 = beta2;
  }

  /** What is added to the root of the mean of the squared gradient. */
  public double getEpsilon() {
    return epsilon;
  }

  /** Sets what is added to the root of the mean of the squared gradient. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AdamW that
        && Double.compare(that.learningRate, learningRate) == 0
        && Objects.equals(that.learningRateSchedule, learningRateSchedule)
        && Double.compare(that.beta1, beta1) == 0
        && Double.compare(that.beta2, beta2) == 0
        && Double.compare(that.epsilon, epsilon) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(learningRate, learningRateSchedule, beta1, beta2, epsilon);
  }

  @Override
  public String toString() {
    return "AdamW(learningRate=%s, schedule=%s, beta1=%s, beta2=%s, epsilon=%s)"
        .formatted(learningRate, learningRateSchedule, beta1, beta2, epsilon);
  }
}
