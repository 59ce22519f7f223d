package dev.tandem.model.optimize;

import java.io.Serializable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * An updater with the weight decay that goes with it.
 *
 * @param updater the updater with its learning rate or schedule
 * @param weightDecay decoupled weight decay: each step also takes learning rate times this share of
 *     every parameter; 0 for none. In DL4J a {@link DecoupledWeightDecay} regularization.
 */
public record Optimizer(IUpdater updater, double weightDecay) implements Serializable {

  /** The learning rate at the first step; NaN where the updater has none. */
  public double learningRate() {
    return updater.getLearningRate(0, 0);
  }

  /**
   * The same with its learning rate following a schedule.
   *
   * @throws InvalidArgumentsException if the updater has no learning rate and the schedule is not
   *     constant
   */
  public Optimizer withSchedule(ISchedule schedule) {
    IUpdater scheduled = updater.clone();
    if (scheduled.hasLearningRate()) {
      scheduled.setLrAndSchedule(learningRate(), schedule);
    } else if (!(schedule instanceof FixedSchedule)) {
      throw new InvalidArgumentsException(
          ArgumentProblem.CLASS,
          updater.getClass().getSimpleName(),
          "has no learning rate that a schedule could change; use the schedule Constant");
    }
    return new Optimizer(scheduled, weightDecay);
  }
}
