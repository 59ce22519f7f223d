package dev.tandem.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.encoder.TokenBatch;
import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.optimize.AdamW;
import dev.tandem.model.optimize.Optimizer;
import dev.tandem.model.optimize.WarmupLinear;
import dev.tandem.model.queue.NegativeQueue;
import dev.tandem.model.queue.QueueSettings;
import dev.tandem.model.queue.RelevanceMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

class DualEncoderGraphTest {
  private static final EncoderArchitecture TINY =
      new EncoderArchitecture(20, 8, 1, 2, 16, 12, 2, 1e-12);
  private static final int SIZE = (int) ParameterLayout.of(TINY).size();
  private static final int CAPACITY = 4;
  private static final List<int[]> QUERIES =
      List.of(new int[] {1, 5, 2}, new int[] {1, 6, 7, 2}, new int[] {1, 8, 2});
  private static final List<int[]> PASSAGES =
      List.of(
          new int[] {1, 9, 10, 11, 12, 2},
          new int[] {1, 13, 2},
          new int[] {1, 14, 15, 16, 2},
          new int[] {1, 17, 18, 2},
          new int[] {1, 19, 3, 2});
  private static final List<String> IDS = List.of("p0", "p1", "p2", "h0", "h1");
  private static final List<List<String>> KNOWN =
      List.of(List.of("p0"), List.of("p1", "h0"), List.of("p2"));
  private static final Optimizer ADAM_W =
      new Optimizer(new AdamW(0.01, null, 0.9, 0.999, 1e-8), 0.01);

  private final NegativeQueue queue = new NegativeQueue(CAPACITY, TINY.hiddenSize());

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fitLowersTheLossWithQueueAndHardNegatives(boolean shared) {
    ComputationGraph graph =
        DualEncoderGraph.create(
            settings(shared, QueueSettings.ofPassages(CAPACITY), ADAM_W, 1), tower());
    List<Double> losses = new ArrayList<>();
    for (int step = 0; step < 30; step++) {
      graph.fit(batch());
      losses.add(graph.score());
      queue.push(IDS, DualEncoderGraph.lastPassageEmbeddings(graph));
    }
    assertThat(losses.get(29)).isLessThan(0.3 * losses.get(1));
    if (shared) {
      assertThat(DualEncoderGraph.queryTower(graph))
          .isEqualTo(DualEncoderGraph.passageTower(graph))
          .isNotEqualTo(tower());
    } else {
      assertThat(DualEncoderGraph.queryTower(graph))
          .isNotEqualTo(DualEncoderGraph.passageTower(graph));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gradientOfTheGraphAgreesWithFiniteDifferences(boolean shared) {
    Nd4j.getRandom().setSeed(17);
    queue.push(List.of("p1", "x"), Nd4j.randn(DataType.FLOAT, 2, TINY.hiddenSize()));
    ComputationGraph graph =
        DualEncoderGraph.create(
            settings(shared, QueueSettings.ofPassages(CAPACITY), new Optimizer(new Sgd(1), 0), 0),
            tower());
    MultiDataSet batch = batch();
    graph.setInputs(batch.getFeatures());
    graph.setLabels(batch.getLabels());
    graph.computeGradientAndScore();
    INDArray gradient = graph.gradient().gradient().dup();
    INDArray parameters = graph.params();
    INDArray start = parameters.dup();
    Random random = new Random(1);
    for (int i = 0; i < 5; i++) {
      // along the gradient, then along random directions: single elements drown in float32 noise
      INDArray direction =
          i == 0 ? gradient.dup() : Nd4j.createFromArray(gaussian(random)).reshape(1, -1);
      if (direction.length() != parameters.length()) {
        direction = Nd4j.concat(1, direction, direction.neg());
      }
      direction.divi(direction.norm2Number());
      double h = 5e-3;
      parameters.assign(start.add(direction.mul(h)));
      double above = graph.score(batch, true);
      parameters.assign(start.sub(direction.mul(h)));
      double below = graph.score(batch, true);
      parameters.assign(start);
      double expected = Nd4j.getBlasWrapper().dot(direction, gradient);
      assertThat((above - below) / (2 * h))
          .isCloseTo(expected, within(2e-3 + 0.01 * Math.abs(expected)));
    }
    assertThat(gradient.norm2Number().doubleValue()).isGreaterThan(0.1);
  }

  private static float[] gaussian(Random random) {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void scoreIsTheLossItself() {
    ComputationGraph graph =
        DualEncoderGraph.create(settings(true, QueueSettings.NONE, ADAM_W, 1), tower());
    INDArray relevance = RelevanceMatrix.of(KNOWN, IDS, new String[0], -1);
    MultiDataSet batch = DualEncoderGraph.batch(QUERIES, PASSAGES, null, relevance);
    double expected =
        settings(true, QueueSettings.NONE, ADAM_W, 1)
            .loss()
            .create()
            .evaluate(encode(QUERIES), encode(PASSAGES), null, relevance)
            .loss();
    graph.fit(batch);
    assertThat(graph.score()).isCloseTo(expected, within(1e-5));
    assertThat(
            DualEncoderGraph.lastPassageEmbeddings(graph)
                .sub(encode(PASSAGES))
                .amaxNumber()
                .doubleValue())
        .isLessThan(1e-5);
  }

  @Test
  void clipsTheGradientOfATower() {
    ComputationGraph graph =
        DualEncoderGraph.create(
            settings(true, QueueSettings.ofPassages(CAPACITY), new Optimizer(new Sgd(1), 0), 0.125),
            tower());
    graph.fit(batch());
    INDArray step = graph.params().sub(Nd4j.createFromArray(tower()).reshape(1, -1));
    assertThat(step.norm2Number().doubleValue()).isCloseTo(0.125, within(1e-3));
  }

  @Test
  void weightDecayFollowsTheSchedule() {
    // the learning rate of the first step of a warm-up is 0, and so is the decay's
    Optimizer optimizer =
        new Optimizer(new AdamW(), 0.5).withSchedule(new WarmupLinear(0.1, 1, 10));
    ComputationGraph graph =
        DualEncoderGraph.create(
            settings(true, QueueSettings.ofPassages(CAPACITY), optimizer, 1), tower());
    graph.fit(batch());
    assertThat(DualEncoderGraph.queryTower(graph)).isEqualTo(tower());
    graph.fit(batch());
    assertThat(DualEncoderGraph.queryTower(graph)).isNotEqualTo(tower());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void configurationSurvivesJsonAndClone(boolean shared) {
    Optimizer optimizer = ADAM_W.withSchedule(new WarmupLinear(0.01, 2, 10));
    ComputationGraphConfiguration conf =
        DualEncoderGraph.configuration(
            settings(shared, QueueSettings.ofPassages(CAPACITY), optimizer, 1));
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(conf.toJson());
    assertThat(read).isEqualTo(conf).isEqualTo(conf.clone());
    float[] parameters =
        shared
            ? tower()
            : Nd4j.concat(0, Nd4j.createFromArray(tower()), Nd4j.createFromArray(tower()))
                .toFloatVector();
    ComputationGraph first = new ComputationGraph(conf);
    first.init(Nd4j.createFromArray(parameters).reshape(1, -1), true);
    ComputationGraph second = new ComputationGraph(read);
    second.init(Nd4j.createFromArray(parameters).reshape(1, -1), true);
    for (int i = 0; i < 3; i++) {
      first.fit(batch());
      second.fit(batch());
    }
    assertThat(second.params()).isEqualTo(first.params());
  }

  @Test
  void equalRunsGiveEqualParameters() {
    float[][] results = new float[2][];
    for (int run = 0; run < 2; run++) {
      ComputationGraph graph =
          DualEncoderGraph.create(
              settings(true, QueueSettings.ofPassages(CAPACITY), ADAM_W, 1), tower());
      graph.fit(batch());
      graph.fit(batch());
      results[run] = DualEncoderGraph.queryTower(graph);
    }
    assertThat(results[0]).isEqualTo(results[1]);
  }

  @Test
  void refusesParametersOfAnotherArchitecture() {
    assertThatThrownBy(
            () ->
                DualEncoderGraph.create(
                    settings(true, QueueSettings.NONE, ADAM_W, 1), new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a tower of this architecture has " + SIZE + " parameters, but 3 are given");
    assertThatThrownBy(() -> QueueSettings.ofPassages(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings(true, QueueSettings.NONE, ADAM_W, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private MultiDataSet batch() {
    return DualEncoderGraph.batch(
        QUERIES, PASSAGES, queue.embeddings(), RelevanceMatrix.of(KNOWN, IDS, queue.ids(), -1));
  }

  private static INDArray encode(List<int[]> texts) {
    INDArray embeddings = Nd4j.zeros(DataType.FLOAT, texts.size(), TINY.hiddenSize());
    try (EncoderEngine engine = EncoderEngines.create("cpu", TINY, Pooling.MEAN, Compute.FLOAT32)) {
      engine.encode(Nd4j.createFromArray(tower()), TokenBatch.of(texts), embeddings);
    }
    return embeddings;
  }

  private static DualEncoderSettings settings(
      boolean shared, QueueSettings queue, Optimizer optimizer, double clipping) {
    return new DualEncoderSettings(
        TINY,
        Pooling.MEAN,
        EncoderEngines.CPU,
        Compute.FLOAT32,
        shared,
        new LossSettings("info-nce", Similarity.COSINE, 0.2),
        queue,
        optimizer,
        clipping,
        7);
  }

  private static float[] tower() {
    Random random = new Random(9);
    float[] parameters = new float[SIZE];
    for (ParameterLayout.Tensor tensor : ParameterLayout.of(TINY).tensors()) {
      boolean scale = tensor.name().endsWith("LayerNorm.weight");
      for (int i = 0; i < tensor.size(); i++) {
        parameters[(int) tensor.offset() + i] =
            (float) (random.nextGaussian() * 0.2 + (scale ? 1 : 0));
      }
    }
    return parameters;
  }
}
