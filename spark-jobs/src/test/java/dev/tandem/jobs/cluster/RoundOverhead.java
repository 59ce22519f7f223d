package dev.tandem.jobs.cluster;

import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.averaging.AveragingSettings;
import dev.tandem.jobs.train.averaging.ContrastiveTrainingMaster;
import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.EpochSampler;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.optimize.AdamW;
import dev.tandem.model.queue.QueueSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.jar.JarOutputStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.Utils;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;

/**
 * Measures what a round of averaging costs on a standalone cluster of two worker processes on this
 * machine, with 22.7 million parameters and Adam's state, where a step has hardly anything to
 * compute. Run it with the test class path; it prints the seconds of each round and their medians.
 *
 * <p>Arguments: {@code [average|local|reset] [float32|bfloat16] [rounds] [announced]}; the last
 * gives workers a second before each round in which to fetch what it begins with.
 */
final class RoundOverhead {
  private static final int WORKERS = 2;
  private static final int BATCH = 2;
  private static final int[] HIDDEN = {2048, 8192};
  private static final int SIZE = 720;

  private RoundOverhead() {}

  /** Measures. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String updaterState = arguments.length > 0 ? arguments[0] : "average";
    String wire = arguments.length > 1 ? arguments[1] : "float32";
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 8;
    boolean announced = arguments.length > 3;
    AveragingSettings averaging = AveragingSettings.named(updaterState, wire);
    Path directory = Files.createTempDirectory("round-overhead");
    Path empty = directory.resolve("empty.jar");
    new JarOutputStream(Files.newOutputStream(empty)).close();
    SparkHome home = SparkHome.assemble(directory.resolve("spark"), empty);
    try (StandaloneCluster cluster =
            StandaloneCluster.start(home, directory.resolve("cluster"), WORKERS, "3g");
        JavaSparkContext spark = spark(cluster.masterUrl())) {
      List<RoundOutcome> outcomes = run(spark, averaging, rounds, announced);
      System.out.printf(
          "%s, %s: medians of the last %d rounds%n", updaterState, wire, outcomes.size() / 2);
      List<RoundOutcome> counted = outcomes.subList(outcomes.size() / 2, outcomes.size());
      print(
          new double[] {
            median(counted.stream().map(RoundOutcome::seconds).toList()),
            median(counted.stream().map(RoundOutcome::trainSeconds).toList()),
            median(counted.stream().map(RoundOutcome::broadcastSeconds).toList()),
            median(counted.stream().map(RoundOutcome::waitSeconds).toList()),
            median(counted.stream().map(RoundOutcome::leaveSeconds).toList()),
            median(counted.stream().map(RoundOutcome::averageSeconds).toList())
          });
    } finally {
      Utils.deleteRecursively(directory.toFile());
    }
  }

  private static JavaSparkContext spark(String masterUrl) {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster(masterUrl)
            .setAppName("round-overhead")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.maxResultSize", "8g")
            .set("spark.executor.memory", "2g")
            .set("spark.executorEnv.OMP_NUM_THREADS", "1")
            .set(
                "spark.executor.extraJavaOptions",
                "--add-modules=jdk.incubator.vector -Dorg.bytedeco.javacpp.maxbytes=4g"
                    + " -Dorg.bytedeco.javacpp.maxphysicalbytes=8g")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path")));
  }

  private static List<RoundOutcome> run(
      JavaSparkContext spark, AveragingSettings averaging, int rounds, boolean announced)
      throws InterruptedException {
    ComputationGraph network = TinyTraining.network(new AdamW(), QueueSettings.NONE, SIZE, HIDDEN);
    TrainingPlan plan =
        TrainingPlan.of((long) rounds * WORKERS * BATCH, WORKERS, BATCH, 1, 1, 1, null);
    JavaRDD<TrainingExample> examples =
        spark.parallelize(TinyTraining.examples((int) plan.examples()), WORKERS);
    JavaRDD<Minibatch> epoch = new EpochSampler(plan, 1, 0).epoch(examples, 0).cache();
    ContrastiveTrainingMaster master =
        new ContrastiveTrainingMaster(
            spark,
            UUID.randomUUID().toString(),
            plan,
            new WorkerSettings(1, QueueSettings.NONE, SIZE, Relevance.MASKED, averaging),
            spark.sc().longAccumulator());
    SparkComputationGraph graph = new SparkComputationGraph(spark, network, master);
    System.out.printf("%,d parameters%n", network.numParams());
    System.out.println("seconds    train  broadcast       wait      leave    average   overhead");
    List<RoundOutcome> outcomes = new ArrayList<>();
    for (TrainingPlan.Round round : plan.rounds()) {
      if (announced) {
        master.announce(graph, round, false, false);
        Thread.sleep(1000);
      }
      RoundOutcome outcome = master.executeRound(graph, epoch, round, false);
      outcomes.add(outcome);
      print(
          new double[] {
            outcome.seconds(),
            outcome.trainSeconds(),
            outcome.broadcastSeconds(),
            outcome.waitSeconds(),
            outcome.leaveSeconds(),
            outcome.averageSeconds()
          });
    }
    return outcomes;
  }

  private static void print(double[] seconds) {
    System.out.printf(
        "%5.2f %10.2f %10.2f %10.2f %10.2f %10.2f %10.2f%n",
        seconds[0],
        seconds[1],
        seconds[2],
        seconds[3],
        seconds[4],
        seconds[5],
        seconds[0] - seconds[1]);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
