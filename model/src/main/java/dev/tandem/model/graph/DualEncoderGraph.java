package dev.tandem.model.graph;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.optimize.DecoupledWeightDecay;
import dev.tandem.model.optimize.GradientClipping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * The dual encoder as a DL4J graph: how it is built, what goes in and how its towers come out.
 *
 * <p>Inputs are {@value #QUERY} [B, w] and {@value #PASSAGE} [N, v], token ids as floats padded
 * with -1 at the end of a row, and where there is a negative queue of capacity Q {@value #QUEUE}
 * [Q, d], its embeddings. The label is the relevance matrix [B, N + Q]. With a queue of pairs there
 * is the input {@value #QUEUED_QUERIES} [Q, d] too, and the label is [B + Q, N + Q]. One shared
 * tower is the layer {@value #ENCODER}; two are {@value #QUERY_ENCODER} and {@value
 * #PASSAGE_ENCODER}. The output layer is {@value #LOSS}; the graph's score is the loss.
 *
 * <p>A configuration survives {@code toJson} and {@code fromJson}, the form in which dl4j-spark
 * sends it to workers, and {@code clone}. Workspaces are off: the encoder keeps its own memory, and
 * what is left is small.
 */
public final class DualEncoderGraph {
  /** Name of the queries' input. */
  public static final String QUERY = "query";

  /** Name of the passages' input. */
  public static final String PASSAGE = "passage";

  /** Name of the negative queue's input. */
  public static final String QUEUE = "queue";

  /** Name of the input of the queries that the negative queue keeps. */
  public static final String QUEUED_QUERIES = "queued-queries";

  /** Name of the shared tower. */
  public static final String ENCODER = "encoder";

  /** Name of the queries' tower where there are two. */
  public static final String QUERY_ENCODER = "query-encoder";

  /** Name of the passages' tower where there are two. */
  public static final String PASSAGE_ENCODER = "passage-encoder";

  /** Name of the output layer. */
  public static final String LOSS = "loss";

  private static final String TOKENS = "tokens";
  private static final String EMBEDDINGS = "embeddings";

  private DualEncoderGraph() {}

  /** The graph's configuration. */
  public static ComputationGraphConfiguration configuration(DualEncoderSettings settings) {
    NeuralNetConfiguration.Builder defaults =
        new NeuralNetConfiguration.Builder()
            .seed(settings.seed())
            .dataType(DataType.FLOAT)
            .miniBatch(false)
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .inferenceWorkspaceMode(WorkspaceMode.NONE)
            .updater(settings.optimizer().updater());
    List<Regularization> regularization = new ArrayList<>();
    if (settings.gradientClipping() > 0) {
      regularization.add(new GradientClipping(settings.gradientClipping()));
    }
    if (settings.optimizer().weightDecay() > 0) {
      regularization.add(new DecoupledWeightDecay(settings.optimizer().weightDecay()));
    }
    defaults.regularization(regularization);
    ComputationGraphConfiguration.GraphBuilder graph = defaults.graphBuilder();
    List<String> queue = new ArrayList<>();
    if (settings.queue().exists()) {
      queue.add(QUEUE);
    }
    if (settings.queue().pairs()) {
      queue.add(QUEUED_QUERIES);
    }
    graph.addInputs(QUERY, PASSAGE);
    graph.addInputs(queue);
    List<String> encoded;
    if (settings.sharedTowers()) {
      graph.addVertex(TOKENS, new RowStackVertex(PaddedTokens.PADDING), QUERY, PASSAGE);
      graph.addLayer(ENCODER, tower(settings), TOKENS);
      encoded = List.of(ENCODER);
    } else {
      graph.addLayer(QUERY_ENCODER, tower(settings), QUERY);
      graph.addLayer(PASSAGE_ENCODER, tower(settings), PASSAGE);
      encoded = List.of(QUERY_ENCODER, PASSAGE_ENCODER);
    }
    graph.addVertex(
        EMBEDDINGS,
        new RowStackVertex(0),
        Stream.concat(encoded.stream(), queue.stream()).toArray(String[]::new));
    graph.addLayer(LOSS, new ContrastiveOutputLayer(settings.loss(), settings.queue()), EMBEDDINGS);
    return graph.setOutputs(LOSS).build();
  }

  private static EncoderLayer tower(DualEncoderSettings settings) {
    return new EncoderLayer.Builder()
        .architecture(settings.architecture())
        .pooling(settings.pooling())
        .engine(settings.engine())
        .compute(settings.compute())
        .build();
  }

  /**
   * A graph whose towers all start from the same parameters.
   *
   * @param tower parameters of one tower in the order of {@link ParameterLayout}, copied
   * @throws IllegalArgumentException if their number does not fit the architecture
   */
  public static ComputationGraph create(DualEncoderSettings settings, float[] tower) {
    return settings.sharedTowers() ? initialized(settings, tower) : create(settings, tower, tower);
  }

  /**
   * A graph with two towers that start from parameters of their own.
   *
   * @param query parameters of the queries' tower in the order of {@link ParameterLayout}, copied
   * @param passage likewise of the passages' tower
   * @throws IllegalArgumentException if their number does not fit the architecture, or the settings
   *     share one tower
   */
  public static ComputationGraph create(
      DualEncoderSettings settings, float[] query, float[] passage) {
    if (settings.sharedTowers()) {
      throw new IllegalArgumentException("the settings share one tower, but two are given");
    }
    return initialized(settings, query, passage);
  }

  private static ComputationGraph initialized(DualEncoderSettings settings, float[]... towers) {
    int size = Math.toIntExact(ParameterLayout.of(settings.architecture()).size());
    float[] all = new float[Math.multiplyExact(towers.length, size)];
    for (int tower = 0; tower < towers.length; tower++) {
      if (towers[tower].length != size) {
        throw new IllegalArgumentException(
            "a tower of this architecture has %d parameters, but %d are given"
                .formatted(size, towers[tower].length));
      }
      System.arraycopy(towers[tower], 0, all, tower * size, size);
    }
    ComputationGraph graph = new ComputationGraph(configuration(settings));
    graph.init(Nd4j.create(all, new long[] {1, all.length}, DataType.FLOAT), false);
    return graph;
  }

  /**
   * Closes a graph and what {@link ComputationGraph#close()} leaves to the garbage collector: the
   * memory and the native objects of its encoders. Neither may be in use.
   *
   * @param graph also one without encoders
   */
  public static void close(ComputationGraph graph) {
    for (Layer layer : graph.getLayers()) {
      layer.close();
    }
    graph.close();
  }

  /** What the encoders of a graph are configured to multiply; nothing where it has none. */
  public static Optional<Compute> configuredCompute(ComputationGraph graph) {
    return encoders(graph).map(encoder -> encoder.layerConf().compute()).findFirst();
  }

  /**
   * What the encoders of a graph multiply on this machine, which is float32 where it cannot do what
   * is configured; nothing where the graph has none. Known when a text has gone through them.
   */
  public static Optional<Compute> effectiveCompute(ComputationGraph graph) {
    return encoders(graph).map(EncoderLayerImplementation::compute).findFirst();
  }

  private static Stream<EncoderLayerImplementation> encoders(ComputationGraph graph) {
    return Arrays.stream(graph.getLayers())
        .filter(EncoderLayerImplementation.class::isInstance)
        .map(EncoderLayerImplementation.class::cast);
  }

  /** Whether queries and passages go through the same tower. */
  public static boolean sharedTowers(ComputationGraph graph) {
    return graph.getConfiguration().getVertices().containsKey(ENCODER);
  }

  /** A copy of the parameters of the queries' tower, in the order of {@link ParameterLayout}. */
  public static float[] queryTower(ComputationGraph graph) {
    return parameters(graph, sharedTowers(graph) ? ENCODER : QUERY_ENCODER);
  }

  /** A copy of the parameters of the passages' tower, in the order of {@link ParameterLayout}. */
  public static float[] passageTower(ComputationGraph graph) {
    return parameters(graph, sharedTowers(graph) ? ENCODER : PASSAGE_ENCODER);
  }

  private static float[] parameters(ComputationGraph graph, String tower) {
    Layer layer = graph.getLayer(tower);
    INDArray copy = layer.params().dup('c');
    float[] parameters = new float[Math.toIntExact(copy.length())];
    copy.data().asNioFloat().get(parameters);
    return parameters;
  }

  /**
   * The passages' embeddings [N, d] of the last step, a copy that stays valid, for the negative
   * queue.
   *
   * @throws IllegalStateException if the graph has made no step
   */
  public static INDArray lastPassageEmbeddings(ComputationGraph graph) {
    return ((ContrastiveOutput) graph.getLayer(LOSS)).lastPassageEmbeddings();
  }

  /**
   * A batch in the form that the graph takes.
   *
   * @param queries token ids of B queries
   * @param passages token ids of N passages
   * @param queue embeddings [Q, d] of the negative queue, or null where the graph has none
   * @param relevance [B, N + Q]
   * @throws IllegalArgumentException if a text has no tokens
   */
  public static MultiDataSet batch(
      List<int[]> queries, List<int[]> passages, INDArray queue, INDArray relevance) {
    INDArray[] inputs =
        queue == null
            ? new INDArray[] {padded(queries), padded(passages)}
            : new INDArray[] {padded(queries), padded(passages), queue};
    return new MultiDataSet(inputs, new INDArray[] {relevance});
  }

  private static INDArray padded(List<int[]> texts) {
    return PaddedTokens.pack(texts, texts.stream().mapToInt(t -> t.length).max().orElse(0));
  }
}
