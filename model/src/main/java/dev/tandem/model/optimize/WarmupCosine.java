package dev.tandem.model.optimize;

import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Linear warm-up and decay to 0 along half a cosine, as in {@code get_cosine_schedule_with_warmup}
 * of Hugging Face transformers.
 */
public final class WarmupCosine extends WarmupSchedule {
  private static final long serialVersionUID = 1L;

  /**
   * A schedule.
   *
   * @param learningRate the largest learning rate, at the end of the warm-up
   * @param warmupSteps steps of the warm-up, from 0 to {@code totalSteps}
   * @param totalSteps all steps, positive
   */
  public WarmupCosine(
      @JsonProperty("learningRate") double learningRate,
      @JsonProperty("warmupSteps") int warmupSteps,
      @JsonProperty("totalSteps") int totalSteps) {
    super(learningRate, warmupSteps, totalSteps);
  }

  @Override
  double decay(double progress) {
    return 0.5 * (1 + Math.cos(Math.PI * progress));
  }

  @Override
  public ISchedule clone() {
    return new WarmupCosine(learningRate(), warmupSteps(), totalSteps());
  }
}
