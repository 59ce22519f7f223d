package dev.tandem.jobs.bench;

import dev.tandem.jobs.train.averaging.ContrastiveTrainingMaster;
import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.graph.DualEncoderGraph;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;

/** Rounds of Tandem's parameter averaging. Close it to give up the graph and the data. */
final class TandemRounds implements AutoCloseable {
  private final JavaSparkContext spark;
  private final ComputationGraph graph;
  private final ContrastiveTrainingMaster master;
  private final SparkComputationGraph training;
  private final JavaRDD<Minibatch> data;
  private final int steps;
  private int round;

  /**
   * Rounds.
   *
   * @param graph trained from round to round, owned
   * @param minibatches as many for each worker, those of the first one first
   * @param pairs of each minibatch
   */
  TandemRounds(
      JavaSparkContext spark,
      ComputationGraph graph,
      WorkerSettings settings,
      List<Minibatch> minibatches,
      int workers,
      int pairs) {
    this.spark = spark;
    this.graph = graph;
    steps = minibatches.size() / workers;
    LongAccumulator done = spark.sc().longAccumulator("bench pairs");
    long examples = (long) minibatches.size() * pairs;
    TrainingPlan plan = new TrainingPlan(examples, workers, pairs, 1, steps, steps);
    master =
        new ContrastiveTrainingMaster(spark, UUID.randomUUID().toString(), plan, settings, done);
    training = new SparkComputationGraph(spark, graph, master);
    data = spark.parallelize(List.copyOf(minibatches), workers).persist(StorageLevel.MEMORY_ONLY());
    data.count();
  }

  /** Runs a round. */
  RoundTimes run() {
    long start = System.nanoTime();
    RoundOutcome outcome =
        master.executeRound(training, data, new TrainingPlan.Round(round++, 0, 0, steps), false);
    return new RoundTimes((System.nanoTime() - start) / 1e9, outcome.trainSeconds());
  }

  @Override
  public void close() {
    master.release(spark);
    data.unpersist(false);
    DualEncoderGraph.close(graph);
  }
}
