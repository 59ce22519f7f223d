package dev.tandem.model.graph;

import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.queue.QueueSettings;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The output layer of a dual encoder: a contrastive loss over the embeddings of a batch. It has no
 * parameters.
 *
 * <p>Its input is the row-stacked embeddings [B + N + Q, d] of B queries, N passages of the batch
 * and the Q places of the negative queue, in this order; its labels are the relevance matrix [B, N
 * + Q]. The score is the loss itself, so the network must be configured with {@code
 * miniBatch(false)}, or DL4J divides the gradient by the row count again.
 *
 * <p>With a queue of pairs the input is [B + N + Q + Q, d], the queries of the places below the
 * passages, and the relevance matrix [B + Q, N + Q]. The passages of the batch are then negatives
 * of the queued queries too: to their gradient is added that of the queued queries' loss, weighted
 * so that a queued query counts as much as one of the batch. The score stays the loss of the
 * batch's queries, which says how they fare whatever the queue holds.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class ContrastiveOutputLayer extends NoParamLayer {
  private static final long serialVersionUID = 1L;

  private final String loss;
  private final Similarity similarity;
  private final double temperature;
  private final int queueCapacity;
  private final boolean queuePairs;

  /**
   * A layer.
   *
   * @param loss which loss
   * @param queue the negative queue, of Q places
   */
  public ContrastiveOutputLayer(LossSettings loss, QueueSettings queue) {
    this(loss.type(), loss.similarity(), loss.temperature(), queue.capacity(), queue.pairs());
  }

  @JsonCreator
  private ContrastiveOutputLayer(
      @JsonProperty("loss") String loss,
      @JsonProperty("similarity") Similarity similarity,
      @JsonProperty("temperature") double temperature,
      @JsonProperty("queueCapacity") int queueCapacity,
      @JsonProperty("queuePairs") boolean queuePairs) {
    this.loss = loss;
    this.similarity = similarity;
    this.temperature = temperature;
    this.queueCapacity = queueCapacity;
    this.queuePairs = queuePairs;
  }

  /** The loss of this layer. */
  public LossSettings loss() {
    return new LossSettings(loss, similarity, temperature);
  }

  /** The negative queue whose embeddings are in the input. */
  public QueueSettings queue() {
    return new QueueSettings(queueCapacity, queuePairs);
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> trainingListeners,
      int layerIndex,
      INDArray layerParamsView,
      boolean initializeParams,
      DataType networkDataType) {
    ContrastiveOutput output = new ContrastiveOutput(conf, networkDataType);
    output.setListeners(trainingListeners);
    output.setIndex(layerIndex);
    return output;
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return inputType;
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return null;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    return new LayerMemoryReport.Builder(
            getLayerName(), ContrastiveOutputLayer.class, inputType, inputType)
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }

  @Override
  public ContrastiveOutputLayer clone() {
    return (ContrastiveOutputLayer) super.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContrastiveOutputLayer that
        && Objects.equals(that.getLayerName(), getLayerName())
        && that.loss.equals(loss)
        && that.similarity == similarity
        && that.temperature == temperature
        && that.queueCapacity == queueCapacity
        && that.queuePairs == queuePairs;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getLayerName(), loss, similarity, temperature, queueCapacity, queuePairs);
  }

  @Override
  public String toString() {
    return "ContrastiveOutputLayer(loss=%s, similarity=%s, temperature=%s, queue=%s)"
        .formatted(loss, similarity, temperature, queue());
  }
}
