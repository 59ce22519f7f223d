package dev.tandem.jobs.train.averaging;

import java.io.Serializable;
import java.util.Objects;

/**
 * What does not change for a worker over a training run.
 *
 * @param accumulation minibatches a step, their gradients averaged
 * @param queueCapacity places of a worker's negative queue; 0 for none
 * @param embeddingSize elements of an embedding
 * @param otherPositives code in the relevance matrix of further known positives of a query: {@link
 *     dev.tandem.model.loss.ContrastiveLoss#otherPositives()}
 * @param averaging how workers come together after a round
 */
public record WorkerSettings(
    int accumulation,
    int queueCapacity,
    int embeddingSize,
    float otherPositives,
    AveragingSettings averaging)
    implements Serializable {

  public WorkerSettings {
    if (accumulation <= 0 || queueCapacity < 0 || embeddingSize <= 0) {
      throw new IllegalArgumentException(
          "accumulation %d and embeddingSize %d must be positive, queueCapacity %d not negative"
              .formatted(accumulation, embeddingSize, queueCapacity));
    }
    Objects.requireNonNull(averaging, "averaging");
  }

  /** Settings with {@link AveragingSettings#DEFAULT}. */
  public WorkerSettings(
      int accumulation, int queueCapacity, int embeddingSize, float otherPositives) {
    this(accumulation, queueCapacity, embeddingSize, otherPositives, AveragingSettings.DEFAULT);
  }
}
