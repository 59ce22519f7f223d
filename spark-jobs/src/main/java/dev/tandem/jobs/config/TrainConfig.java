package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code train}. */
public record TrainConfig(
    @Range(min = 1) int epochs,
    @Unset @Range(min = 1) Integer maxSteps,
    @Range(min = 1) int batchSize,
    @Range(min = 0) int hardNegatives,
    @Range(min = 1) int accumulationSteps,
    @Unset @Range(min = 1) Integer workers,
    @Range(min = 0) double gradientClipping,
    Averaging averaging,
    Loss loss,
    Queue queue,
    ClassConfig optimizer,
    ClassConfig schedule,
    Validation validation,
    Checkpoint checkpoint,
    boolean resume)
    implements Serializable {

  /** The group {@code train.averaging}. */
  public record Averaging(
      @Range(min = 1) int frequency,
      @OneOf({"average", "local", "reset"}) String updaterState,
      @OneOf({"float32", "bfloat16"}) String wire)
      implements Serializable {}

  /** The group {@code train.loss}. */
  public record Loss(
      @OneOf({"info-nce", "info-nce-symmetric", "nt-xent"}) String type,
      @OneOf({"cosine", "dot"}) String similarity,
      @Range(min = 1e-4, max = 1e4) double temperature)
      implements Serializable {}

  /** The group {@code train.queue}. */
  public record Queue(@Range(min = 0, max = 1 << 20) int size, boolean pairs)
      implements Serializable {}

  /** The group {@code train.validation}. */
  public record Validation(boolean before, @Range(min = 0) int everyRounds, String measure)
      implements Serializable {}

  /** The group {@code train.checkpoint}. */
  public record Checkpoint(@Range(min = 0) int everyRounds, @Range(min = 0) int keep)
      implements Serializable {}
}
