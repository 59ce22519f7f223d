package dev.tandem.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.encoder.TokenBatch;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class EncoderLayerTest {

  private static final EncoderArchitecture TINY =
      new EncoderArchitecture(20, 8, 2, 2, 16, 12, 2, 1e-12);
  private static final List<int[]> TEXTS =
      List.of(new int[] {1, 5, 2}, new int[] {1, 6, 7, 8, 2}, new int[] {9}, new int[] {3, 4});
  private static final INDArray LABELS =
      Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});

  private static EncoderLayer encoder(Pooling pooling) {
    return new EncoderLayer.Builder()
        .architecture(TINY)
        .pooling(pooling)
        .engine("cpu")
        .compute(Compute.FLOAT32)
        .build();
  }

  private static OutputLayer output(int in) {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .nIn(in)
        .nOut(2)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static ComputationGraphConfiguration configuration() {
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .miniBatch(false)
        .updater(new Adam(0.01))
        .graphBuilder()
        .addInputs("tokens")
        .addLayer("encoder", encoder(Pooling.MEAN), "tokens")
        .addLayer("output", output(TINY.hiddenSize()), "encoder")
        .setOutputs("output")
        .build();
  }

  private static ComputationGraph network() {
    ComputationGraph network = new ComputationGraph(configuration());
    network.init();
    return network;
  }

  @Test
  void fitChangesParametersAndLowersTheLoss() {
    ComputationGraph network = network();
    INDArray before = network.getLayer("encoder").getParam("W").dup();
    DataSet data = new DataSet(PaddedTokens.pack(TEXTS, 5), LABELS);
    double lossBefore = network.score(data);
    for (int i = 0; i < 30; i++) {
      network.fit(data);
    }
    assertThat(network.score(data)).isLessThan(0.5 * lossBefore);
    assertThat(network.getLayer("encoder").getParam("W").distance2(before)).isGreaterThan(0.01);
  }

  @Test
  void outputAndGradientAreTheEngines() {
    ComputationGraph network = network();
    INDArray input = PaddedTokens.pack(TEXTS, 7);
    INDArray parameters = network.getLayer("encoder").getParam("W");
    try (EncoderEngine engine = EncoderEngines.create("cpu", TINY, Pooling.MEAN, Compute.FLOAT32)) {
      INDArray embeddings = Nd4j.create(TEXTS.size(), TINY.hiddenSize());
      engine.forward(parameters, TokenBatch.of(TEXTS), embeddings);
      assertThat(network.feedForward(input, false).get("encoder").equalsWithEps(embeddings, 1e-6))
          .isTrue();

      INDArray weights = network.getLayer("output").getParam("W");
      network.setInputs(input);
      network.setLabels(LABELS);
      network.computeGradientAndScore();
      INDArray actual = network.gradient().getGradientFor("encoder_W");

      INDArray error = network.outputSingle(input).sub(LABELS);
      INDArray gradient = Nd4j.create(1, parameters.length());
      engine.backward(parameters, error.mmul(weights.transpose()).dup('c'), gradient);
      assertThat(gradient.norm2Number().doubleValue()).isGreaterThan(0.01);
      assertThat(actual.distance2(gradient)).isLessThan(1e-5);
    }
  }

  @Test
  void configurationSurvivesJsonAndClone() {
    ComputationGraphConfiguration configuration = configuration();
    ComputationGraphConfiguration read =
        ComputationGraphConfiguration.fromJson(configuration.toJson());
    assertThat(read).isEqualTo(configuration);
    assertThat(read.hashCode()).isEqualTo(configuration.hashCode());
    assertThat(configuration.clone()).isEqualTo(configuration);

    ComputationGraph network = new ComputationGraph(read);
    network.init();
    EncoderLayer layer = (EncoderLayer) network.getLayer("encoder").conf().getLayer();
    assertThat(layer.architecture()).isEqualTo(TINY);
    assertThat(layer.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(layer.engine()).isEqualTo("cpu");
    assertThat(layer.compute()).isEqualTo(Compute.FLOAT32);
    assertThat(layer).isNotEqualTo(encoder(Pooling.MAX)).isNotEqualTo(null);
    EncoderLayer.Builder same =
        new EncoderLayer.Builder().architecture(TINY).pooling(Pooling.MEAN).engine("cpu");
    assertThat(same.build()).isEqualTo(encoder(Pooling.MEAN));
    assertThat(same.compute(Compute.BFLOAT16).build()).isNotEqualTo(encoder(Pooling.MEAN));
  }

  @Test
  void aClonedNetworkComputesTheSameAndIsIndependent() {
    ComputationGraph network = network();
    INDArray input = PaddedTokens.pack(TEXTS, 5);
    INDArray expected = network.outputSingle(input).dup();
    ComputationGraph clone = network.clone();
    assertThat(clone.outputSingle(input).equalsWithEps(expected, 1e-7)).isTrue();
    clone.fit(new DataSet(input, LABELS));
    assertThat(clone.outputSingle(input).equalsWithEps(expected, 1e-7)).isFalse();
    assertThat(network.outputSingle(input).equalsWithEps(expected, 1e-7)).isTrue();
  }

  @Test
  void oneTowerReadsTwoStackedInputsOfChangingWidth() {
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .miniBatch(false)
            .updater(new Sgd(0.5))
            .graphBuilder()
            .addInputs("queries", "passages")
            .addVertex("both", new StackVertex(), "queries", "passages")
            .addLayer("encoder", encoder(Pooling.CLS), "both")
            .addLayer("output", output(TINY.hiddenSize()), "encoder")
            .setOutputs("output")
            .build();
    ComputationGraph network = new ComputationGraph(configuration);
    network.init();
    for (int width : new int[] {5, 8, 6}) {
      INDArray queries = PaddedTokens.pack(TEXTS.subList(0, 2), width);
      INDArray passages = PaddedTokens.pack(TEXTS.subList(2, 4), width);
      INDArray before = network.params().dup();
      network.fit(new MultiDataSet(new INDArray[] {queries, passages}, new INDArray[] {LABELS}));
      assertThat(network.params().distance2(before)).isGreaterThan(1e-4);
    }
  }

  @Test
  void twoTowersLearnSideBySide() {
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .miniBatch(false)
            .updater(new Adam(0.01))
            .graphBuilder()
            .addInputs("queries", "passages")
            .addLayer("queryEncoder", encoder(Pooling.CLS), "queries")
            .addLayer("passageEncoder", encoder(Pooling.MAX), "passages")
            .addVertex("both", new MergeVertex(), "queryEncoder", "passageEncoder")
            .addLayer("output", output(2 * TINY.hiddenSize()), "both")
            .setOutputs("output")
            .build();
    ComputationGraph network = new ComputationGraph(configuration);
    network.init();
    INDArray queries = PaddedTokens.pack(TEXTS, 5);
    INDArray passages =
        PaddedTokens.pack(List.of(TEXTS.get(1), TEXTS.get(0), TEXTS.get(3), TEXTS.get(2)), 6);
    MultiDataSet data =
        new MultiDataSet(new INDArray[] {queries, passages}, new INDArray[] {LABELS});
    INDArray queryTower = network.getLayer("queryEncoder").getParam("W").dup();
    INDArray passageTower = network.getLayer("passageEncoder").getParam("W").dup();
    double before = network.score(data);
    for (int i = 0; i < 20; i++) {
      network.fit(data);
    }
    assertThat(network.score(data)).isLessThan(0.5 * before);
    assertThat(network.getLayer("queryEncoder").getParam("W").distance2(queryTower))
        .isGreaterThan(0.01);
    assertThat(network.getLayer("passageEncoder").getParam("W").distance2(passageTower))
        .isGreaterThan(0.01);
  }

  @Test
  void initialParametersAreBerts() {
    INDArray parameters = network().getLayer("encoder").getParam("W");
    float[] values = parameters.dup().data().asFloat();
    ParameterLayout layout = ParameterLayout.of(TINY);
    assertThat(values).hasSize((int) layout.size());
    assertThat(values[(int) layout.tensor("embeddings.LayerNorm.weight").offset()]).isEqualTo(1);
    assertThat(values[(int) layout.tensor("embeddings.LayerNorm.bias").offset()]).isZero();
    ParameterLayout.Tensor words = layout.tensor("embeddings.word_embeddings.weight");
    double squares = 0;
    for (int i = 0; i < words.size(); i++) {
      squares += values[(int) words.offset() + i] * values[(int) words.offset() + i];
    }
    assertThat(Math.sqrt(squares / words.size())).isCloseTo(0.02, offset(0.005));
  }

  @Test
  void unusableInputIsRefused() {
    assertThatThrownBy(() -> PaddedTokens.unpack(Nd4j.create(new float[][] {{1, 2}, {-1, -1}})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("text 1 has no tokens");
    assertThatThrownBy(() -> PaddedTokens.pack(TEXTS, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("text 1 has 5 tokens, not 1 to 4");
    assertThatThrownBy(() -> EncoderEngines.create("tpu", TINY, Pooling.CLS, Compute.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'tpu'");
  }

  @Test
  void closingAGraphClosesItsEngines() {
    ComputationGraph network = network();
    network.output(PaddedTokens.pack(TEXTS, 5));
    EncoderEngine engine = ((EncoderLayerImplementation) network.getLayer("encoder")).engine();
    INDArray parameters = network.getLayer("encoder").getParam("W").dup();
    INDArray embeddings = Nd4j.create(TEXTS.size(), TINY.hiddenSize());
    engine.encode(parameters, TokenBatch.of(TEXTS), embeddings);
    DualEncoderGraph.close(network);
    assertThatThrownBy(() -> engine.encode(parameters, TokenBatch.of(TEXTS), embeddings))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
