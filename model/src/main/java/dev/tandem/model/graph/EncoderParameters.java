package dev.tandem.model.graph;

import dev.tandem.model.encoder.ParameterLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The one parameter of an {@link EncoderLayer}: the whole flat view. Initial values are BERT's:
 * normally distributed weights with deviation 0.02, biases zero, LayerNorm scales one.
 */
final class EncoderParameters implements ParamInitializer {

  /** Name of the parameter. */
  static final String KEY = "W";

  static final EncoderParameters INSTANCE = new EncoderParameters();

  private static final double DEVIATION = 0.02;

  private EncoderParameters() {}

  @Override
  public long numParams(NeuralNetConfiguration configuration) {
    return numParams(configuration.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    return layout(layer).size();
  }

  private static ParameterLayout layout(Layer layer) {
    return ParameterLayout.of(((EncoderLayer) layer).architecture());
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return List.of(KEY);
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return List.of(KEY);
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return List.of();
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return KEY.equals(key);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return false;
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration configuration, INDArray view, boolean initialize) {
    ParameterLayout layout = layout(configuration.getLayer());
    if (view.length() != layout.size()) {
      throw new IllegalStateException(
          "the encoder has " + layout.size() + " parameters, the view " + view.length());
    }
    INDArray flat = view.reshape(1, view.length());
    if (initialize) {
      initialize(flat, layout);
    }
    configuration.addVariable(KEY);
    Map<String, INDArray> table = Collections.synchronizedMap(new LinkedHashMap<>());
    table.put(KEY, flat);
    return table;
  }

  private static void initialize(INDArray flat, ParameterLayout layout) {
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      INDArray part =
          flat.get(
              NDArrayIndex.all(),
              NDArrayIndex.interval(tensor.offset(), tensor.offset() + tensor.size()));
      if (!tensor.vector()) {
        part.assign(Nd4j.randn(1, tensor.size()).muli(DEVIATION));
      } else {
        part.assign(tensor.name().endsWith("LayerNorm.weight") ? 1 : 0);
      }
    }
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration configuration, INDArray gradientView) {
    Map<String, INDArray> table = new LinkedHashMap<>();
    table.put(KEY, gradientView.reshape(1, gradientView.length()));
    return table;
  }
}
