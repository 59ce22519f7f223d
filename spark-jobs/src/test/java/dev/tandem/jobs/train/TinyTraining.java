package dev.tandem.jobs.train;

import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.model.graph.ContrastiveOutputLayer;
import dev.tandem.model.graph.RowStackVertex;
import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Losses;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.queue.QueueSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;

/** A dual encoder of one linear layer over four token ids, and examples for it. */
public final class TinyTraining {
  /** Tokens of every text. */
  private static final int WIDTH = 4;

  /** Elements of an embedding. */
  public static final int SIZE = 6;

  private TinyTraining() {}

  /** Spark in this process. */
  public static JavaSparkContext spark(int cores, int maxFailures) {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[" + cores + "," + maxFailures + "]")
            .setAppName("train-test")
            .set("spark.ui.enabled", "false")
            .set("spark.log.level", "WARN")
            .set("spark.driver.host", "localhost")
            .set("spark.driver.bindAddress", "127.0.0.1");
    return new JavaSparkContext(conf);
  }

  /** A new dual encoder; equal calls give equal parameters. */
  public static ComputationGraph network(IUpdater updater, QueueSettings queue) {
    return network(updater, queue, SIZE);
  }

  /**
   * The same with further layers.
   *
   * @param size elements of an embedding
   * @param hidden units of the layers before the embedding
   */
  public static ComputationGraph network(
      IUpdater updater, QueueSettings queue, int size, int... hidden) {
    List<String> inputs = new ArrayList<>(List.of("query", "passage"));
    List<String> candidates = new ArrayList<>(List.of("encoder"));
    if (queue.exists()) {
      inputs.add("queue");
      candidates.add("queue");
    }
    if (queue.pairs()) {
      inputs.add("queued-queries");
      candidates.add("queued-queries");
    }
    ComputationGraphConfiguration.GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(updater)
            .miniBatch(false)
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .graphBuilder()
            .addInputs(inputs)
            .addVertex("texts", new RowStackVertex(-1), "query", "passage");
    String last = "texts";
    int width = WIDTH;
    for (int units : hidden) {
      builder.addLayer("hidden" + units, dense(width, units), last);
      last = "hidden" + units;
      width = units;
    }
    ComputationGraphConfiguration configuration =
        builder
            .addLayer("encoder", dense(width, size), last)
            .addVertex("candidates", new RowStackVertex(0), candidates.toArray(String[]::new))
            .addLayer(
                "loss",
                new ContrastiveOutputLayer(
                    new LossSettings(Losses.INFO_NCE, Similarity.COSINE, 0.2), queue),
                "candidates")
            .setOutputs("loss")
            .build();
    ComputationGraph network = new ComputationGraph(configuration);
    network.init();
    return network;
  }

  private static DenseLayer dense(int in, int out) {
    return new DenseLayer.Builder().nIn(in).nOut(out).activation(Activation.TANH).build();
  }

  /** Examples whose passage is like the query; every third query has a second known positive. */
  public static List<TrainingExample> examples(int count) {
    Random random = new Random(3);
    List<TrainingExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] query = new int[WIDTH];
      int[] passage = new int[WIDTH];
      for (int j = 0; j < WIDTH; j++) {
        query[j] = random.nextInt(4);
        passage[j] = Math.max(0, query[j] + random.nextInt(3) - 1);
      }
      List<String> known = new ArrayList<>(List.of("p" + i));
      if (i % 3 == 0) {
        known.add("p" + (i + 1) % count);
      }
      examples.add(
          new TrainingExample(
              i,
              new TokenizedText("q" + i, query),
              new TokenizedText("p" + i, passage),
              List.of(),
              known.stream().sorted().toList()));
    }
    return examples;
  }
}
