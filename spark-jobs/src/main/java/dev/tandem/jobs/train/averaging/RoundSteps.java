package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The steps of a round out of a worker's minibatches of the epoch, each step its minibatches
 * without empty ones. Steps that have none are left out.
 */
final class RoundSteps implements Iterator<List<Minibatch>> {
  private final Iterator<Minibatch> epoch;
  private final int accumulation;
  private int remaining;
  private List<Minibatch> next;

  /**
   * The steps of a round.
   *
   * @param epoch all minibatches of the worker in the epoch; those of earlier rounds are skipped
   * @param accumulation minibatches a step
   */
  RoundSteps(Iterator<Minibatch> epoch, TrainingPlan.Round round, int accumulation) {
    this.epoch = epoch;
    this.accumulation = accumulation;
    this.remaining = round.steps();
    for (int i = 0; i < round.firstStep() * accumulation; i++) {
      epoch.next();
    }
  }

  @Override
  public boolean hasNext() {
    while (next == null && remaining > 0) {
      remaining--;
      List<Minibatch> step = new ArrayList<>(accumulation);
      for (int i = 0; i < accumulation; i++) {
        Minibatch minibatch = epoch.next();
        if (minibatch.pairs() > 0) {
          step.add(minibatch);
        }
      }
      next = step.isEmpty() ? null : step;
    }
    return next != null;
  }

  @Override
  public List<Minibatch> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the round's steps are used up");
    }
    List<Minibatch> step = next;
    next = null;
    return step;
  }
}
