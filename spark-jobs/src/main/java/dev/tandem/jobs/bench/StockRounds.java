package dev.tandem.jobs.bench;

import dev.tandem.model.graph.DualEncoderGraph;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Rounds of DL4J's own parameter averaging, with updater state, over minibatches that lie in their
 * workers' partitions already. Close it to give up the graph and the data.
 */
final class StockRounds implements AutoCloseable {
  private final ComputationGraph graph;
  private final StepClock clock;
  private final SparkComputationGraph training;
  private final JavaRDD<MultiDataSet> data;

  /**
   * Rounds.
   *
   * @param graph trained from round to round, owned
   * @param minibatches as many for each worker, those of the first one first
   * @param pairs of each minibatch
   */
  StockRounds(
      JavaSparkContext spark,
      ComputationGraph graph,
      List<? extends MultiDataSet> minibatches,
      int workers,
      int pairs) {
    this.graph = graph;
    CollectionAccumulator<StepClock.Step> steps = new CollectionAccumulator<>();
    spark.sc().register(steps, "bench steps");
    clock = new StepClock(steps);
    ParameterAveragingTrainingMaster master =
        new ParameterAveragingTrainingMaster.Builder(workers, pairs)
            .batchSizePerWorker(pairs)
            .averagingFrequency(minibatches.size() / workers)
            .saveUpdater(true)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .repartionData(Repartition.Never)
            .storageLevel(null)
            .trainingHooks(clock)
            .build();
    training = new SparkComputationGraph(spark, graph, master);
    data =
        spark
            .<MultiDataSet>parallelize(List.copyOf(minibatches), workers)
            .persist(StorageLevel.MEMORY_ONLY());
    data.count();
  }

  /** Runs a round. */
  RoundTimes run() {
    long start = System.nanoTime();
    training.fitMultiDataSet(data);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new RoundTimes(seconds, clock.slowest());
  }

  @Override
  public void close() {
    data.unpersist(false);
    DualEncoderGraph.close(graph);
  }
}
