package dev.tandem.model.graph;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.Pooling;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configuration of a DL4J layer that is a whole pretrained-style encoder: token ids in, one
 * embedding a text out.
 *
 * <p>Input is a float array [texts, width] of token ids, a row's end padded with -1; the width may
 * differ from batch to batch. Output is [texts, hidden]. There is one parameter, {@value
 * EncoderParameters#KEY}, in the order of {@link dev.tandem.model.encoder.ParameterLayout}. The
 * input gets no gradient.
 *
 * <p>The network must be configured with {@code miniBatch(false)}: gradients are used as the loss
 * gives them.
 */
public final class EncoderLayer extends FeedForwardLayer {

  private static final long serialVersionUID = 1L;

  @JsonProperty private int vocabularySize;
  @JsonProperty private int hiddenSize;
  @JsonProperty private int layers;
  @JsonProperty private int heads;
  @JsonProperty private int intermediateSize;
  @JsonProperty private int maxPositions;
  @JsonProperty private int typeVocabularySize;
  @JsonProperty private double layerNormEpsilon;
  @JsonProperty private Pooling pooling;
  @JsonProperty private String engine;
  @JsonProperty private Compute compute;

  /** For Jackson. */
  private EncoderLayer() {}

  private EncoderLayer(Builder builder) {
    super(builder);
    EncoderArchitecture a = Objects.requireNonNull(builder.architecture, "architecture");
    vocabularySize = a.vocabularySize();
    hiddenSize = a.hiddenSize();
    layers = a.layers();
    heads = a.heads();
    intermediateSize = a.intermediateSize();
    maxPositions = a.maxPositions();
    typeVocabularySize = a.typeVocabularySize();
    layerNormEpsilon = a.layerNormEpsilon();
    pooling = Objects.requireNonNull(builder.pooling, "pooling");
    engine = Objects.requireNonNull(builder.engine, "engine");
    compute = Objects.requireNonNull(builder.compute, "compute");
    nIn = maxPositions;
    nOut = hiddenSize;
    initializeConstraints(builder);
  }

  /** The shape of the encoder. */
  public EncoderArchitecture architecture() {
    return new EncoderArchitecture(
        vocabularySize,
        hiddenSize,
        layers,
        heads,
        intermediateSize,
        maxPositions,
        typeVocabularySize,
        layerNormEpsilon);
  }

  /** How token representations become an embedding. */
  public Pooling pooling() {
    return pooling;
  }

  /** The kind of engine, as {@link EncoderEngines} knows it. */
  public String engine() {
    return engine;
  }

  /** What the linear layers multiply, where the machine can. */
  public Compute compute() {
    return compute;
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration configuration,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameterView,
      boolean initializeParameters,
      DataType networkDataType) {
    if (networkDataType != DataType.FLOAT) {
      throw new IllegalStateException(
          "the encoder layer computes in float32, the network is configured as " + networkDataType);
    }
    EncoderLayerImplementation layer =
        new EncoderLayerImplementation(configuration, networkDataType);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameterView);
    Map<String, INDArray> table =
        initializer().init(configuration, parameterView, initializeParameters);
    layer.setParamTable(table);
    layer.setConf(configuration);
    return layer;
  }

  @Override
  public ParamInitializer initializer() {
    return EncoderParameters.INSTANCE;
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.feedForward(nOut);
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    // The width of the input is the longest text of a batch, so nothing is to be learned from it.
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return null;
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    long parameters = initializer().numParams(this);
    long state = getIUpdater() == null ? 0 : getIUpdater().stateSize(parameters);
    return new LayerMemoryReport.Builder(
            layerName, EncoderLayer.class, inputType, getOutputType(-1, inputType))
        .standardMemory(parameters, state)
        .workingMemory(0, 0, 0, nOut)
        .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncoderLayer that
        && super.equals(other)
        && architecture().equals(that.architecture())
        && pooling == that.pooling
        && engine.equals(that.engine)
        && compute == that.compute;
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), architecture(), pooling, engine, compute);
  }

  /** Builder in the manner of DL4J's layers. */
  public static final class Builder extends FeedForwardLayer.Builder<Builder> {

    private EncoderArchitecture architecture;
    private Pooling pooling = Pooling.CLS;
    private String engine = EncoderEngines.AUTO;
    private Compute compute = Compute.FLOAT32;

    /** A builder that needs an architecture at least. */
    public Builder() {
      activation(new ActivationIdentity());
    }

    /** The shape of the encoder. */
    public Builder architecture(EncoderArchitecture architecture) {
      this.architecture = architecture;
      return this;
    }

    /** How token representations become an embedding; {@link Pooling#CLS} unless told. */
    public Builder pooling(Pooling pooling) {
      this.pooling = pooling;
      return this;
    }

    /** The kind of engine, see {@link EncoderEngines}; {@link EncoderEngines#AUTO} unless told. */
    public Builder engine(String engine) {
      this.engine = engine;
      return this;
    }

    /** What the linear layers multiply; {@link Compute#FLOAT32} unless told. */
    public Builder compute(Compute compute) {
      this.compute = compute;
      return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public EncoderLayer build() {
      return new EncoderLayer(this);
    }
  }
}
