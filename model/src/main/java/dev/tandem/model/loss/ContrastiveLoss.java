package dev.tandem.model.loss;

import java.io.Serializable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss over the scores of queries against candidate passages.
 *
 * <p>B queries meet N passages of the batch (positives and hard negatives) and Q detached passages
 * of the negative queue. What each candidate is to each query stands in the relevance matrix [B, N
 * + Q] in the codes of {@link Relevance}. Gradients are with respect to the raw embeddings, before
 * any scaling to unit length; none flows to the queue.
 */
public interface ContrastiveLoss extends Serializable {

  /**
   * Loss and gradients of one batch.
   *
   * @param queries raw embeddings [B, d]
   * @param passages raw embeddings [N, d]
   * @param queue detached embeddings [Q, d], or null where there is no queue
   * @param relevance [B, N + Q]
   * @return the loss, a mean over queries or pairs as the implementation says, and its gradients
   */
  LossValue evaluate(INDArray queries, INDArray passages, INDArray queue, INDArray relevance);

  /**
   * The code that this loss wants for a known positive of a query that is not the query's own
   * positive of the batch, in batch and queue: {@link Relevance#MASKED}, or {@link
   * Relevance#POSITIVE} where the loss is defined over labels.
   */
  float otherPositives();
}
