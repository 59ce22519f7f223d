package dev.tandem.model.graph;

import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Puts matrices one below the other. Unlike DL4J's StackVertex, whose backward pass takes it that
 * all inputs have the same number of rows, they may have any; and narrower ones are padded on the
 * right.
 */
public final class RowStackVertex extends GraphVertex {
  private static final long serialVersionUID = 1L;

  private final double padding;

  /**
   * A vertex.
   *
   * @param padding the value that fills up narrower inputs
   */
  public RowStackVertex(@JsonProperty("padding") double padding) {
    this.padding = padding;
  }

  /** The value that fills up narrower inputs. */
  public double getPadding() {
    return padding;
  }

  @Override
  public RowStackVertex clone() {
    return new RowStackVertex(padding);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowStackVertex that && Double.compare(that.padding, padding) == 0;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(padding);
  }

  @Override
  public String toString() {
    return "RowStackVertex(padding=" + padding + ")";
  }

  @Override
  public long numParams(boolean backprop) {
    return 0;
  }

  @Override
  public int minVertexInputs() {
    return 1;
  }

  @Override
  public int maxVertexInputs() {
    return Integer.MAX_VALUE;
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType networkDataType) {
    return new RowStack(graph, name, index, networkDataType, padding);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    return inputs[0];
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    return new LayerMemoryReport.Builder(null, RowStackVertex.class, inputs[0], inputs[0])
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }
}
