package dev.tandem.jobs.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far a training run has come. With the plan of the run this is the sampler's position too: the
 * order of examples is a function of seed, epoch and worker count.
 *
 * @param nextRound number of the round to go on with
 * @param step parameter updates each worker has made
 * @param pairs query-passage pairs trained on
 * @param seconds time spent training, earlier parts of the run included
 * @param before measures before the first step; empty where there was no such validation
 * @param bestStep step of the best validated parameters; -1 before the first validation
 * @param best their measures
 */
public record CheckpointProgress(
    @JsonProperty("next-round") int nextRound,
    @JsonProperty("step") int step,
    @JsonProperty("pairs") long pairs,
    @JsonProperty("seconds") double seconds,
    @JsonProperty("before") Map<String, Double> before,
    @JsonProperty("best-step") int bestStep,
    @JsonProperty("best") Map<String, Double> best) {

  public CheckpointProgress {
    before = Collections.unmodifiableMap(new TreeMap<>(before));
    best = Collections.unmodifiableMap(new TreeMap<>(best));
  }

  /** The progress of a run that has not begun. */
  public static CheckpointProgress begin() {
    return new CheckpointProgress(0, 0, 0, 0, Map.of(), -1, Map.of());
  }

  /** The same with the measures of the parameters before the first step. */
  public CheckpointProgress withBefore(Map<String, Double> measures) {
    return new CheckpointProgress(nextRound, step, pairs, seconds, measures, bestStep, best);
  }

  /** The same with the present parameters as the best. */
  public CheckpointProgress withBest(Map<String, Double> measures) {
    return new CheckpointProgress(nextRound, step, pairs, seconds, before, step, measures);
  }

  /** The progress after one more round. */
  public CheckpointProgress after(int steps, long morePairs, double moreSeconds) {
    return new CheckpointProgress(
        nextRound + 1,
        step + steps,
        pairs + morePairs,
        seconds + moreSeconds,
        before,
        bestStep,
        best);
  }
}
