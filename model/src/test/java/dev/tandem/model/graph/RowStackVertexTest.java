package dev.tandem.model.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RowStackVertexTest {
  @Test
  void padsNarrowerInputsOnTheRight() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("a", "b", "c")
                .addVertex("stack", new RowStackVertex(-1), "a", "b", "c")
                .setOutputs("stack")
                .build());
    graph.init();
    float[][] expected = {{1, -1, -1}, {2, -1, -1}, {3, 4, 5}, {6, 7, -1}};
    INDArray stacked =
        graph.outputSingle(
            Nd4j.createFromArray(new float[][] {{1}, {2}}),
            Nd4j.createFromArray(new float[][] {{3, 4, 5}}),
            Nd4j.createFromArray(new float[][] {{6, 7}}));
    assertThat(stacked.toFloatMatrix()).isDeepEqualTo(expected);
  }
}
