package dev.tandem.model.graph;

import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Similarity;
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

  /**
   * A layer.
   *
   * @param loss which loss
   * @param queueCapacity Q, the places of the negative queue; 0 where there is none
   * @throws IllegalArgumentException if the capacity is negative
   */
  public ContrastiveOutputLayer(LossSettings loss, int queueCapacity) {
    this(loss.type(), loss.similarity(), loss.temperature(), queueCapacity);
  }

  @JsonCreator
  private ContrastiveOutputLayer(
      @JsonProperty("loss") String loss,
      @JsonProperty("similarity") Similarity similarity,
      @JsonProperty("temperature") double temperature,
      @JsonProperty("queueCapacity") int queueCapacity) {
    if (queueCapacity < 0) {
      throw new IllegalArgumentException(
          "queueCapacity must not be negative, but is " + queueCapacity);
    }
    this.loss = loss;
    this.similarity = similarity;
    this.temperature = temperature;
    this.queueCapacity = queueCapacity;
  }

  /** The loss of this layer. */
  public LossSettings loss() {
    return new LossSettings(loss, similarity, temperature);
  }

  /** Rows of the input that are the queue's. */
  public int queueCapacity() {
    return queueCapacity;
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
        && that.queueCapacity == queueCapacity;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getLayerName(), loss, similarity, temperature, queueCapacity);
  }

  @Override
  public String toString() {
    return "ContrastiveOutputLayer(loss=%s, similarity=%s, temperature=%s, queueCapacity=%d)"
        .formatted(loss, similarity, temperature, queueCapacity);
  }
}
