package dev.tandem.model.optimize;

import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;

/**
 * A learning rate that rises linearly from 0 over the warm-up steps and then decays over the steps
 * that are left, counted in iterations; past the last step it is 0.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
abstract class WarmupSchedule implements ISchedule {
  private static final long serialVersionUID = 1L;

  private final double learningRate;
  private final int warmupSteps;
  private final int totalSteps;

  WarmupSchedule(double learningRate, int warmupSteps, int totalSteps) {
    if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "learningRate must be a number of at least 0, but is " + learningRate);
    }
    if (totalSteps <= 0 || warmupSteps < 0 || warmupSteps > totalSteps) {
      throw new IllegalArgumentException(
          "warmupSteps must be from 0 to totalSteps, but they are %d and %d"
              .formatted(warmupSteps, totalSteps));
    }
    this.learningRate = learningRate;
    this.warmupSteps = warmupSteps;
    this.totalSteps = totalSteps;
  }

  /** The learning rate at the end of the warm-up, the largest. */
  public double learningRate() {
    return learningRate;
  }

  /** Steps until the learning rate is largest. */
  public int warmupSteps() {
    return warmupSteps;
  }

  /** Steps until the learning rate is 0 again. */
  public int totalSteps() {
    return totalSteps;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    if (iteration < warmupSteps) {
      return learningRate * iteration / warmupSteps;
    }
    if (iteration >= totalSteps) {
      return 0;
    }
    return learningRate * decay((double) (iteration - warmupSteps) / (totalSteps - warmupSteps));
  }

  /** The share of the learning rate after a share of the steps that follow the warm-up. */
  abstract double decay(double progress);

  @Override
  public abstract ISchedule clone();

  @Override
  public boolean equals(Object other) {
    return other != null
        && other.getClass() == getClass()
        && other instanceof WarmupSchedule that
        && Double.compare(that.learningRate, learningRate) == 0
        && that.warmupSteps == warmupSteps
        && that.totalSteps == totalSteps;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getClass(), learningRate, warmupSteps, totalSteps);
  }

  @Override
  public String toString() {
    return "%s(learningRate=%s, warmupSteps=%d, totalSteps=%d)"
        .formatted(getClass().getSimpleName(), learningRate, warmupSteps, totalSteps);
  }
}
