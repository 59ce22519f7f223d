package dev.tandem.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.averaging.AveragingSettings;
import dev.tandem.jobs.train.averaging.ContrastiveTrainingMaster;
import dev.tandem.jobs.train.averaging.UpdaterState;
import dev.tandem.jobs.train.averaging.Wire;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.EpochSampler;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.queue.QueueSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import scala.Tuple2;
import scala.collection.JavaConverters;

/**
 * Two worker processes that fetch parameters of more than one block and leave their results as
 * blocks end where two tasks in one process end, which hand arrays over.
 */
class ClusterAveragingIT {
  private static final int BATCH = 4;

  /** The last block of a round's updater state, the last one that is fetched. */
  private static final Pattern LAST_BLOCK = Pattern.compile("broadcast_(\\d+)_updater_2");

  /** 1.2 million parameters: a whole block and a part of one. */
  private static final int[] HIDDEN = {1000, 1200};

  @TempDir Path directory;

  /** A trained network's parameters, then its updater's state. */
  private record Trained(INDArray parameters, INDArray updaterState) {}

  private static Trained train(JavaSparkContext spark, Wire wire, boolean announced) {
    TrainingPlan plan = TrainingPlan.of(48, 2, BATCH, 1, 2, 1, null);
    ComputationGraph network =
        TinyTraining.network(new Adam(0.002), QueueSettings.NONE, TinyTraining.SIZE, HIDDEN);
    JavaRDD<Minibatch> epoch =
        new EpochSampler(plan, 11, 0)
            .epoch(spark.parallelize(TinyTraining.examples((int) plan.examples()), 2), 0)
            .cache();
    ContrastiveTrainingMaster master =
        new ContrastiveTrainingMaster(
            spark,
            UUID.randomUUID().toString(),
            plan,
            new WorkerSettings(
                1,
                QueueSettings.NONE,
                TinyTraining.SIZE,
                Relevance.MASKED,
                new AveragingSettings(UpdaterState.AVERAGE, wire)),
            spark.sc().longAccumulator());
    SparkComputationGraph graph = new SparkComputationGraph(spark, network, master);
    for (TrainingPlan.Round round : plan.rounds()) {
      if (announced) {
        int before = newestRounds(spark).values().stream().max(Integer::compare).orElseThrow();
        master.announce(graph, round, false, false);
        if (round.number() > 0) {
          awaitFetched(spark, before);
        }
      }
      master.executeRound(graph, epoch, round, false);
    }
    assertThat(plan.rounds()).hasSizeGreaterThan(2);
    master.release(spark);
    return new Trained(network.params(), network.getUpdater().getStateViewArray());
  }

  /** For each executor that answers, the newest round of which it has the last block. */
  private static Map<String, Integer> newestRounds(JavaSparkContext spark) {
    Map<String, Integer> newest = new HashMap<>();
    spark
        .parallelize(List.of(0, 1, 2, 3, 4, 5, 6, 7), 8)
        .map(n -> new Tuple2<>(SparkEnv.get().executorId(), newestRoundHere()))
        .collect()
        .forEach(executor -> newest.put(executor._1(), executor._2()));
    return newest;
  }

  private static int newestRoundHere() {
    return JavaConverters.seqAsJavaList(
            SparkEnv.get()
                .blockManager()
                .getMatchingBlockIds(id -> LAST_BLOCK.matcher(id.toString()).matches()))
        .stream()
        .map(id -> LAST_BLOCK.matcher(id.toString()))
        .filter(Matcher::matches)
        .mapToInt(id -> Integer.parseInt(id.group(1)))
        .max()
        .orElse(-1);
  }

  /** Waits until both executors have what a round begins with that is newer than all before. */
  private static void awaitFetched(JavaSparkContext spark, int before) {
    Instant limit = Instant.now().plusSeconds(60);
    Map<String, Integer> newest;
    do {
      newest = newestRounds(spark);
      assertThat(Instant.now()).as("newest rounds %s", newest).isBefore(limit);
    } while (newest.size() < 2 || newest.values().stream().anyMatch(round -> round <= before));
  }

  private static Map<Wire, Trained> train(JavaSparkContext spark, boolean announced) {
    Map<Wire, Trained> trained = new EnumMap<>(Wire.class);
    for (Wire wire : Wire.values()) {
      trained.put(wire, train(spark, wire, announced));
    }
    return trained;
  }

  @Test
  void theClusterEndsWhereOneProcessEnds() throws IOException, InterruptedException {
    Map<Wire, Trained> expected;
    try (JavaSparkContext spark = TinyTraining.spark(2, 1)) {
      expected = train(spark, false);
    }
    Path empty = directory.resolve("empty.jar");
    new JarOutputStream(Files.newOutputStream(empty)).close();
    SparkHome home = SparkHome.assemble(directory.resolve("spark"), empty);
    Map<Wire, Trained> actual;
    Map<Wire, Trained> announced;
    try (StandaloneCluster cluster =
            StandaloneCluster.start(home, directory.resolve("cluster"), 2, "1g");
        JavaSparkContext spark = spark(cluster.masterUrl())) {
      actual = train(spark, false);
      announced = train(spark, true);
    }
    INDArray start =
        TinyTraining.network(new Adam(0.002), QueueSettings.NONE, TinyTraining.SIZE, HIDDEN)
            .params();
    for (Wire wire : Wire.values()) {
      INDArray parameters = expected.get(wire).parameters();
      assertThat(parameters.distance2(start)).as(wire.name()).isGreaterThan(0.1);
      assertThat(actual.get(wire).parameters().distance2(parameters))
          .as(wire.name())
          .isLessThan(1e-4);
      assertThat(announced.get(wire).parameters())
          .as(wire.name())
          .isEqualTo(actual.get(wire).parameters());
      assertThat(actual.get(wire).updaterState().distance2(expected.get(wire).updaterState()))
          .as(wire.name())
          .isLessThan(1e-4);
    }
  }

  private static JavaSparkContext spark(String masterUrl) {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster(masterUrl)
            .setAppName("cluster-averaging")
            .set("spark.ui.enabled", "false")
            .set("spark.log.level", "WARN")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.memory", "700m")
            .set("spark.executorEnv.OMP_NUM_THREADS", "1")
            .set("spark.executor.extraJavaOptions", "--add-modules=jdk.incubator.vector")
            .set(
                "spark.executor.extraClassPath",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path"))));
  }
}
