package dev.tandem.jobs.train.averaging;

import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The learning rate of an updater whose iterations are counted from the beginning of the round.
 * Lives in an executor only and is never serialized.
 */
final class RoundSchedule implements ISchedule {
  private static final long serialVersionUID = 1L;

  private final transient IUpdater updater;
  private final transient Offset offset;

  /** Iterations before the present round. */
  static final class Offset {
    private int iterations;

    void set(int iterations) {
      this.iterations = iterations;
    }
  }

  /**
   * A schedule.
   *
   * @param updater asked for the learning rate, with iterations counted over the whole training
   */
  RoundSchedule(IUpdater updater, Offset offset) {
    this.updater = updater;
    this.offset = offset;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    return updater.getLearningRate(offset.iterations + iteration, epoch);
  }

  @Override
  public ISchedule clone() {
    return new RoundSchedule(updater.clone(), offset);
  }
}
