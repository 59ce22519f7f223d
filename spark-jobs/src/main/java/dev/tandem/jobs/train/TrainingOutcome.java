package dev.tandem.jobs.train;

import org.apache.hadoop.fs.Path;

/**
 * What a training run ended with.
 *
 * @param summary measures and counts
 * @param run directory of the run
 * @param model directory of the best model, in Hugging Face layout; with two towers it has {@code
 *     query} and {@code passage} in that layout
 */
public record TrainingOutcome(TrainingSummary summary, Path run, Path model) {

  /** Where a validation of a run left its {@code run.trec} and {@code metrics.json}. */
  public static Path validation(Path run, int step) {
    return new Path(new Path(run, "validations"), "step-%08d".formatted(step));
  }
}
