package dev.tandem.model.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;

class AdamWTest {
  /** Not a multiple of any vector's length. */
  private static final int LENGTH = 1003;

  private static final double RATE = 0.01;

  @Test
  void computesWhatPyTorchComputes() {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      // state and gradient as views with an offset, as DL4J gives them
      INDArray state =
          Nd4j.zeros(type, 7 + 2 * LENGTH).get(NDArrayIndex.interval(7, 7 + 2 * LENGTH));
      INDArray buffer = Nd4j.zeros(type, 5 + LENGTH);
      INDArray gradient = buffer.get(NDArrayIndex.interval(5, 5 + LENGTH));
      GradientUpdater<AdamW> updater =
          new AdamW(RATE, null, 0.9, 0.999, 1e-3).instantiate(state, true);
      double[] m = new double[LENGTH];
      double[] v = new double[LENGTH];
      Random random = new Random(3);
      for (int step = 0; step < 4; step++) {
        double[] g = random.doubles(LENGTH, -0.1, 0.1).toArray();
        gradient.assign(Nd4j.createFromArray(g).castTo(type));
        updater.applyUpdater(gradient, step, 0);
        for (int i = 0; i < LENGTH; i++) {
          m[i] = 0.9 * m[i] + 0.1 * g[i];
          v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
          double mean = m[i] / (1 - Math.pow(0.9, step + 1));
          double square = v[i] / (1 - Math.pow(0.999, step + 1));
          assertThat(gradient.getDouble(i))
              .as("%s, step %d, element %d", type, step, i)
              .isCloseTo(RATE * mean / (Math.sqrt(square) + 1e-3), within(2e-7));
          assertThat(state.getDouble(LENGTH + i)).isCloseTo(v[i], within(1e-8));
        }
      }
      assertThat(buffer.get(NDArrayIndex.interval(0, 5)).sumNumber().doubleValue()).isZero();
    }
  }

  @Test
  void survivesJsonAndClone() {
    AdamW updater = new AdamW(0.5, new WarmupLinear(0.5, 2, 10), 0.8, 0.99, 1e-7);
    assertThat(updater.clone()).isEqualTo(updater).hasSameHashCodeAs(updater);
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(updater)
            .graphBuilder()
            .addInputs("in")
            .addLayer("out", new OutputLayer.Builder().nIn(2).nOut(2).build(), "in")
            .setOutputs("out")
            .build();
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(conf.toJson());
    assertThat(read).isEqualTo(conf);
    OutputLayer layer =
        (OutputLayer)
            ((org.deeplearning4j.nn.conf.graph.LayerVertex) read.getVertices().get("out"))
                .getLayerConf()
                .getLayer();
    assertThat(layer.getIUpdater()).isEqualTo(updater);
  }

  @Test
  void decayIsProportionalToRateAndParameter() {
    INDArray parameters = Nd4j.createFromArray(2f, -4f);
    INDArray update = Nd4j.createFromArray(1f, 1f);
    DecoupledWeightDecay decay = new DecoupledWeightDecay(0.5);
    decay.apply(parameters, update, 0.25, 0, 0);
    assertThat(update.toFloatVector()).containsExactly(1.25f, 0.5f);
    assertThat(decay.score(parameters, 0, 0)).isZero();
  }
}
