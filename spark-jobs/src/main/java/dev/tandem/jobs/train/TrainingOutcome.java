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
public record TrainingOutcome(TrainingSummary summary, Path run, Path model) {}
