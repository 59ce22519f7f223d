package dev.tandem.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;

import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.queue.QueueSettings;
import java.util.function.ToDoubleFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;

/** The output layer and the stacking of rows, over dense towers in double precision. */
class ContrastiveOutputLayerTest {
  private static final int B = 3;
  private static final int N = 5;
  private static final int Q = 4;
  private static final int WIDTH = 6;
  private static final int D = 4;
  private static final LossSettings LOSS = new LossSettings("info-nce", Similarity.COSINE, 0.5);

  @ParameterizedTest
  @EnumSource(
      value = WorkspaceMode.class,
      names = {"NONE", "ENABLED"})
  void gradientOfTheGraphAgreesWithFiniteDifferences(WorkspaceMode mode) {
    ComputationGraph graph = new ComputationGraph(configuration(mode));
    graph.init();
    MultiDataSet batch = batch();
    graph.setInputs(batch.getFeatures());
    graph.setLabels(batch.getLabels());
    graph.computeGradientAndScore();
    INDArray gradient = graph.gradient().gradient().dup();
    double score = graph.score();
    assertThat(score).isCloseTo(graph.score(batch, true), within(1e-12));
    INDArray parameters = graph.params();
    double h = 1e-6;
    for (int i = 0; i < parameters.length(); i++) {
      double at = parameters.getDouble(i);
      parameters.putScalar(i, at + h);
      double above = graph.score(batch, true);
      parameters.putScalar(i, at - h);
      double below = graph.score(batch, true);
      parameters.putScalar(i, at);
      assertThat(gradient.getDouble(i)).isCloseTo((above - below) / (2 * h), within(1e-6));
    }
    assertThat(gradient.amaxNumber().doubleValue()).isGreaterThan(1e-3);
  }

  @Test
  void fitLowersTheLoss() {
    ComputationGraph graph = new ComputationGraph(configuration(WorkspaceMode.NONE));
    graph.init();
    MultiDataSet batch = batch();
    graph.fit(batch);
    double first = graph.score();
    for (int i = 0; i < 20; i++) {
      graph.fit(batch);
    }
    assertThat(graph.score()).isLessThan(0.9 * first);
  }

  @Test
  void givesThePassagesOfTheLastStep() {
    ComputationGraph graph = new ComputationGraph(configuration(WorkspaceMode.ENABLED));
    graph.init();
    ContrastiveOutput output = (ContrastiveOutput) graph.getOutputLayer(0);
    assertThatThrownBy(output::lastPassageEmbeddings).isInstanceOf(IllegalStateException.class);
    MultiDataSet batch = batch();
    INDArray passages = graph.feedForward(batch.getFeatures(), false).get("passage-tower").dup();
    graph.fit(batch);
    assertThat(output.lastPassageEmbeddings()).isEqualTo(passages);
    assertThat(output.lastPassageEmbeddings().isAttached()).isFalse();
  }

  @Test
  void survivesJsonAndClone() {
    ComputationGraphConfiguration conf =
        configuration(WorkspaceMode.NONE, QueueSettings.ofPairs(Q));
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(conf.toJson());
    assertThat(read).isEqualTo(conf).isEqualTo(conf.clone());
    ContrastiveOutputLayer layer =
        (ContrastiveOutputLayer)
            ((org.deeplearning4j.nn.conf.graph.LayerVertex) read.getVertices().get("loss"))
                .getLayerConf()
                .getLayer();
    assertThat(layer.loss()).isEqualTo(LOSS);
    assertThat(layer.queue()).isEqualTo(QueueSettings.ofPairs(Q));
    assertThat(layer)
        .isNotEqualTo(new ContrastiveOutputLayer(LOSS, QueueSettings.ofPairs(Q + 1)))
        .isNotEqualTo(new ContrastiveOutputLayer(LOSS, QueueSettings.ofPassages(Q)));
  }

  @Test
  void saysWhichShapesDoNotFit() {
    ComputationGraph graph = new ComputationGraph(configuration(WorkspaceMode.NONE));
    graph.init();
    MultiDataSet batch = batch();
    batch.setLabels(new INDArray[] {Nd4j.zeros(DataType.DOUBLE, B, N + Q + 1)});
    assertThatThrownBy(() -> graph.fit(batch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("need an input of 13 rows")
        .hasMessageContaining("but it is [12, 4]");
  }

  /** The passages' part of the gradient has the queued queries' loss in it, the score has not. */
  @ParameterizedTest
  @EnumSource(
      value = WorkspaceMode.class,
      names = {"NONE", "ENABLED"})
  void queuedQueriesPushPassagesAway(WorkspaceMode mode) {
    ComputationGraph graph = new ComputationGraph(configuration(mode, QueueSettings.ofPairs(Q)));
    graph.init();
    MultiDataSet batch = batchWithQueuedQueries();
    INDArray queue = batch.getFeatures(2);
    INDArray queuedQueries = batch.getFeatures(3);
    INDArray relevance = batch.getLabels(0).get(NDArrayIndex.interval(B, B + Q), all()).dup();
    graph.setInputs(batch.getFeatures());
    graph.setLabels(batch.getLabels());
    graph.computeGradientAndScore();
    INDArray gradient = graph.gradient().gradient().dup();
    assertThat(graph.score()).isCloseTo(score(batch()), within(1e-9));
    ToDoubleFunction<ComputationGraph> objective =
        now -> {
          INDArray passages = now.feedForward(batch.getFeatures(), false).get("passage-tower");
          double past =
              LOSS.create()
                  .evaluate(queuedQueries, Nd4j.vstack(passages, queue), null, relevance)
                  .loss();
          return now.score(batch, true) + past * Q / B;
        };
    INDArray parameters = graph.params();
    double h = 1e-6;
    for (int i = 0; i < parameters.length(); i++) {
      double at = parameters.getDouble(i);
      parameters.putScalar(i, at + h);
      double above = objective.applyAsDouble(graph);
      parameters.putScalar(i, at - h);
      double below = objective.applyAsDouble(graph);
      parameters.putScalar(i, at);
      assertThat(gradient.getDouble(i)).isCloseTo((above - below) / (2 * h), within(1e-6));
    }
  }

  private static double score(MultiDataSet batch) {
    ComputationGraph graph = new ComputationGraph(configuration(WorkspaceMode.NONE));
    graph.init();
    return graph.score(batch, true);
  }

  /** The batch with queries for all places of the queue but the last, which is empty. */
  private static MultiDataSet batchWithQueuedQueries() {
    MultiDataSet batch = batch();
    INDArray queries = Nd4j.randn(DataType.DOUBLE, Q, D);
    queries.putRow(Q - 1, Nd4j.zeros(DataType.DOUBLE, D));
    INDArray queued = Nd4j.zeros(DataType.DOUBLE, Q, N + Q);
    for (int place = 0; place < Q - 1; place++) {
      queued.putScalar(place, N + place, Relevance.POSITIVE);
      queued.putScalar(place, N + Q - 1, Relevance.MASKED);
    }
    queued.putScalar(0, 1, Relevance.MASKED);
    queued.putRow(Q - 1, Nd4j.valueArrayOf(new long[] {N + Q}, -1.0, DataType.DOUBLE));
    return new MultiDataSet(
        new INDArray[] {batch.getFeatures(0), batch.getFeatures(1), batch.getFeatures(2), queries},
        new INDArray[] {Nd4j.vstack(batch.getLabels(0), queued)});
  }

  private static ComputationGraphConfiguration configuration(WorkspaceMode mode) {
    return configuration(mode, QueueSettings.ofPassages(Q));
  }

  private static ComputationGraphConfiguration configuration(
      WorkspaceMode mode, QueueSettings queue) {
    String[] inputs =
        queue.pairs()
            ? new String[] {"query", "passage", "queue", "queued-queries"}
            : new String[] {"query", "passage", "queue"};
    String[] stacked = inputs.clone();
    stacked[0] = "query-tower";
    stacked[1] = "passage-tower";
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .dataType(DataType.DOUBLE)
        .updater(new Sgd(0.1))
        .miniBatch(false)
        .trainingWorkspaceMode(mode)
        .inferenceWorkspaceMode(mode)
        .graphBuilder()
        .addInputs(inputs)
        .addLayer("query-tower", dense(), "query")
        .addLayer("passage-tower", dense(), "passage")
        .addVertex("stack", new RowStackVertex(0), stacked)
        .addLayer("loss", new ContrastiveOutputLayer(LOSS, queue), "stack")
        .setOutputs("loss")
        .build();
  }

  private static DenseLayer dense() {
    return new DenseLayer.Builder().nIn(WIDTH).nOut(D).activation(Activation.TANH).build();
  }

  private static MultiDataSet batch() {
    Nd4j.getRandom().setSeed(17);
    INDArray relevance = Nd4j.zeros(DataType.DOUBLE, B, N + Q);
    for (int i = 0; i < B; i++) {
      relevance.putScalar(i, i, Relevance.POSITIVE);
      relevance.putScalar(i, N + Q - 1, Relevance.MASKED);
    }
    return new MultiDataSet(
        new INDArray[] {
          Nd4j.randn(DataType.DOUBLE, B, WIDTH),
          Nd4j.randn(DataType.DOUBLE, N, WIDTH),
          Nd4j.randn(DataType.DOUBLE, Q, D)
        },
        new INDArray[] {relevance});
  }
}
