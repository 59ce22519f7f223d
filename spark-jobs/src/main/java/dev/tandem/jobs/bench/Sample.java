package dev.tandem.jobs.bench;

import java.util.Collections;
import java.util.List;

/**
 * How long the same work took each time it was done.
 *
 * @param seconds one entry a repetition, at least one, in the order of the repetitions
 */
public record Sample(List<Double> seconds) {

  /**
   * Checks the times.
   *
   * @throws IllegalArgumentException if there are none, or one is not a positive number
   */
  public Sample {
    seconds = List.copyOf(seconds);
    if (seconds.isEmpty()) {
      throw new IllegalArgumentException("a sample needs one time at least");
    }
    for (double time : seconds) {
      if (!(time > 0) || Double.isInfinite(time)) {
        throw new IllegalArgumentException("a time must be a positive number, but is " + time);
      }
    }
  }

  /** The time in the middle; of an even number of times the mean of the two in the middle. */
  public double median() {
    List<Double> sorted = seconds.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The shortest time. */
  public double fastest() {
    return Collections.min(seconds);
  }

  /** The longest time. */
  public double slowest() {
    return Collections.max(seconds);
  }
}
