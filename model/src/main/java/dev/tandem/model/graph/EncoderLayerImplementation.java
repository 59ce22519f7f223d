package dev.tandem.model.graph;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.TokenBatch;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs an {@link EncoderLayer} by an {@link EncoderEngine} of its own, made at the first use and
 * kept between iterations. DL4J closes no layer of a graph that it closes: {@link
 * DualEncoderGraph#close} does. Where a graph is dropped without, as DL4J's own training does, the
 * engine's memory goes when it is garbage.
 */
final class EncoderLayerImplementation extends BaseLayer<EncoderLayer> {

  private static final long serialVersionUID = 1L;

  private transient EncoderEngine engine;

  EncoderLayerImplementation(NeuralNetConfiguration configuration, DataType dataType) {
    super(configuration, dataType);
  }

  /** The engine, made where there is none yet. */
  EncoderEngine engine() {
    if (engine == null) {
      EncoderLayer layer = layerConf();
      engine =
          EncoderEngines.create(
              layer.engine(), layer.architecture(), layer.pooling(), layer.compute());
    }
    return engine;
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS, DataType.FLOAT, input.size(0), layerConf().getNOut());
    // Whatever the engine keeps outlives the iteration, so no workspace may own it.
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      TokenBatch batch = PaddedTokens.unpack(input);
      INDArray parameters = getParam(EncoderParameters.KEY);
      if (training) {
        engine().forward(parameters, batch, output);
      } else {
        engine().encode(parameters, batch, output);
      }
    }
    return output;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    INDArray parameterGradient = gradientViews.get(EncoderParameters.KEY);
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray dense = epsilon.castTo(DataType.FLOAT);
      engine().backward(getParam(EncoderParameters.KEY), dense.dup('c'), parameterGradient);
    }
    Gradient gradient = new DefaultGradient();
    gradient.gradientForVariable().put(EncoderParameters.KEY, parameterGradient);
    // Token ids have no gradient; vertices before this one want an array all the same.
    INDArray none = workspaces.create(ArrayType.ACTIVATION_GRAD, DataType.FLOAT, input.shape());
    return new Pair<>(gradient, none);
  }

  /** What the engine multiplies; what it will be asked to where there is none yet. */
  Compute compute() {
    return engine == null ? layerConf().compute() : engine.compute();
  }

  /** Frees the engine; another one is made where the layer is used again. */
  @Override
  public void close() {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public boolean hasBias() {
    return false;
  }

  @Override
  public String toString() {
    return "EncoderLayer" + Arrays.asList(layerConf().architecture(), layerConf().pooling());
  }
}
