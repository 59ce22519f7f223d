package dev.tandem.jobs.train.averaging;

import dev.tandem.model.queue.QueueSettings;
import java.io.Serializable;
import java.util.Objects;

/**
 * What does not change for a worker over a training run.
 *
 * @param accumulation minibatches a step, their gradients averaged
 * @param queue a worker's negative queue
 * @param embeddingSize elements of an embedding
 * @param otherPositives code in the relevance matrix of further known positives of a query: {@link
 *     dev.tandem.model.loss.ContrastiveLoss#otherPositives()}
 * @param averaging how workers come together after a round
 */
public record WorkerSettings(
    int accumulation,
    QueueSettings queue,
    int embeddingSize,
    float otherPositives,
    AveragingSettings averaging)
    implements Serializable {

  public WorkerSettings {
    if (accumulation <= 0 || embeddingSize <= 0) {
      throw new IllegalArgumentException(
          "accumulation and embeddingSize must be positive, but are %d and %d"
              .formatted(accumulation, embeddingSize));
    }
    Objects.requireNonNull(queue, "queue");
    Objects.requireNonNull(averaging, "averaging");
  }

  /** Settings with {@link AveragingSettings#DEFAULT}. */
  public WorkerSettings(
      int accumulation, QueueSettings queue, int embeddingSize, float otherPositives) {
    this(accumulation, queue, embeddingSize, otherPositives, AveragingSettings.DEFAULT);
  }
}
