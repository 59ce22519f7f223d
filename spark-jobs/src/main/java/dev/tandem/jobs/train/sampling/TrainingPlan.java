package dev.tandem.jobs.train.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How the examples of every epoch are dealt to workers, minibatches, steps and rounds. All of it is
 * known before training starts, because every worker takes the same number of steps.
 *
 * <p>In each epoch worker {@code w} of {@code W} gets the examples whose place in the epoch's
 * permutation is {@code w} modulo {@code W}. It spreads them evenly over its minibatches, so the
 * last one is not a rest of one or two examples with hardly an in-batch negative: sizes differ by
 * one at most and never exceed the batch size. Nothing is left out.
 *
 * @param examples number of examples of the data set
 * @param workers number of workers
 * @param batchSize largest number of pairs of a minibatch
 * @param accumulation minibatches a step
 * @param frequency steps of a round, after which parameters are averaged
 * @param totalSteps steps of each worker in the whole training, which may end within an epoch
 */
public record TrainingPlan(
    long examples, int workers, int batchSize, int accumulation, int frequency, int totalSteps)
    implements Serializable {

  /**
   * Steps between two averagings. A round never crosses an epoch's end, so the last one of an epoch
   * may be shorter.
   *
   * @param number from 0, over the whole training
   * @param epoch from 0
   * @param firstStep the first step's number within the epoch, from 0
   * @param steps number of steps
   */
  public record Round(int number, int epoch, int firstStep, int steps) implements Serializable {}

  public TrainingPlan {
    requirePositive("examples", examples);
    requirePositive("workers", workers);
    requirePositive("batchSize", batchSize);
    requirePositive("accumulation", accumulation);
    requirePositive("frequency", frequency);
    requirePositive("totalSteps", totalSteps);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }

  /**
   * The plan of a number of epochs.
   *
   * @param maxSteps ends training early; null for no bound
   */
  public static TrainingPlan of(
      long examples,
      int workers,
      int batchSize,
      int accumulation,
      int frequency,
      int epochs,
      Integer maxSteps) {
    requirePositive("epochs", epochs);
    int perEpoch = stepsPerEpoch(examples, workers, batchSize, accumulation);
    long all = Math.multiplyFull(perEpoch, epochs);
    long total = maxSteps == null ? all : Math.min(all, maxSteps);
    return new TrainingPlan(
        examples, workers, batchSize, accumulation, frequency, Math.toIntExact(total));
  }

  private static int stepsPerEpoch(long examples, int workers, int batchSize, int accumulation) {
    long aStep = (long) workers * batchSize * accumulation;
    return Math.toIntExact((examples + aStep - 1) / aStep);
  }

  /** Steps each worker takes in a whole epoch. */
  public int stepsPerEpoch() {
    return stepsPerEpoch(examples, workers, batchSize, accumulation);
  }

  /** Minibatches of a worker in a whole epoch; some are empty where there are hardly examples. */
  public int batchesPerEpoch() {
    return stepsPerEpoch() * accumulation;
  }

  /** Number of examples a worker gets in an epoch. */
  public long examplesOf(int worker) {
    return (examples - worker + workers - 1) / workers;
  }

  /**
   * Where a minibatch starts among the worker's examples of the epoch.
   *
   * @param worker from 0
   * @param batch from 0 to {@link #batchesPerEpoch()}, which gives the end of the last one
   */
  public long batchStart(int worker, int batch) {
    return examplesOf(worker) * batch / batchesPerEpoch();
  }

  /** All rounds of the training, in their order. */
  public List<Round> rounds() {
    List<Round> rounds = new ArrayList<>();
    int perEpoch = stepsPerEpoch();
    for (int step = 0; step < totalSteps; ) {
      int within = step % perEpoch;
      int steps = Math.min(Math.min(frequency, perEpoch - within), totalSteps - step);
      rounds.add(new Round(rounds.size(), step / perEpoch, within, steps));
      step += steps;
    }
    return rounds;
  }

  /** Examples that all workers together train on in some steps of an epoch. */
  public long examplesIn(int firstStep, int steps) {
    long count = 0;
    for (int worker = 0; worker < workers; worker++) {
      count +=
          batchStart(worker, (firstStep + steps) * accumulation)
              - batchStart(worker, firstStep * accumulation);
    }
    return count;
  }

  /** Examples of the whole training, each counted as often as it is trained on. */
  public long totalExamples() {
    int perEpoch = stepsPerEpoch();
    return (long) (totalSteps / perEpoch) * examples + examplesIn(0, totalSteps % perEpoch);
  }
}
