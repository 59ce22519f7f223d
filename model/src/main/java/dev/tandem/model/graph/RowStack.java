package dev.tandem.model.graph;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What {@link RowStackVertex} configures. */
final class RowStack extends BaseGraphVertex {
  private static final long serialVersionUID = 1L;

  private final double padding;

  RowStack(ComputationGraph graph, String name, int index, DataType dataType, double padding) {
    super(graph, name, index, null, null, dataType);
    this.padding = padding;
  }

  @Override
  public boolean hasLayer() {
    return false;
  }

  @Override
  public Layer getLayer() {
    return null;
  }

  @Override
  public INDArray doForward(boolean training, LayerWorkspaceMgr workspaceMgr) {
    long rows = 0;
    long width = 0;
    boolean padded = false;
    for (INDArray input : inputs) {
      padded |= width != 0 && input.size(1) != width;
      rows += input.size(0);
      width = Math.max(width, input.size(1));
    }
    INDArray stacked =
        workspaceMgr.createUninitialized(
            ArrayType.ACTIVATIONS, inputs[0].dataType(), new long[] {rows, width}, 'c');
    if (padded) {
      stacked.assign(padding);
    }
    long row = 0;
    for (INDArray input : inputs) {
      part(stacked, row, input).assign(input);
      row += input.size(0);
    }
    return stacked;
  }

  @Override
  public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaceMgr) {
    INDArray[] gradients = new INDArray[inputs.length];
    // a layer over token ids has no gradient to give back
    if (epsilon != null) {
      long row = 0;
      for (int i = 0; i < inputs.length; i++) {
        if (!graph.getVertices()[inputVertices[i].getVertexIndex()].isInputVertex()) {
          gradients[i] =
              workspaceMgr.dup(ArrayType.ACTIVATION_GRAD, part(epsilon, row, inputs[i]), 'c');
        }
        row += inputs[i].size(0);
      }
    }
    return new Pair<>(null, gradients);
  }

  /** The place of an input in the stack. */
  private static INDArray part(INDArray stacked, long row, INDArray input) {
    return stacked.get(
        NDArrayIndex.interval(row, row + input.size(0)), NDArrayIndex.interval(0, input.size(1)));
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray gradients) {
    if (gradients != null) {
      throw new IllegalArgumentException("a stack of rows has no parameters");
    }
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int minibatchSize) {
    return new Pair<>(null, state);
  }

  @Override
  public String toString() {
    return "RowStack(name=" + getVertexName() + ", padding=" + padding + ")";
  }
}
