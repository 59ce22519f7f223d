package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.queue.NegativeQueue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingWorker;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parameter averaging of a dual encoder over negative queues, round by round.
 *
 * <p>After each round the driver's graph holds the mean of the workers' parameters and updater
 * states and the right iteration count. Differences to the base class: counters survive rounds,
 * state travels as {@link FlatFloats}, sums are formed in place, broadcasts are destroyed when the
 * round is over, and it trains on minibatches that the caller has laid out and persisted once an
 * epoch, so that no round scans the data set again and no example is dropped.
 *
 * <p>Used by one thread of the driver.
 */
public final class ContrastiveTrainingMaster extends ParameterAveragingTrainingMaster {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(ContrastiveTrainingMaster.class);

  /** From this many workers on, sums are formed on the executors in a tree. */
  private static final int TREE_FROM = 9;

  private static final int MOST_RESTARTS = 2;
  private static final List<String> EXECUTOR_LOSS =
      List.of("ExecutorLostFailure", "FetchFailed", "Executor heartbeat timed out");

  private final transient String run;
  private final transient TrainingPlan plan;
  private final transient WorkerSettings settings;
  private transient byte[] graphConfiguration;
  private transient long attempts;
  private transient Set<Long> accepted = Set.of();
  private transient Map<Integer, NegativeQueue.Snapshot> restoredQueues = Map.of();

  /**
   * A master for one training run.
   *
   * @param run a name of the run that no other run of the cluster has
   * @param plan workers, minibatch size, steps a round
   * @param settings what workers need to know
   */
  public ContrastiveTrainingMaster(String run, TrainingPlan plan, WorkerSettings settings) {
    super(true, plan.workers(), plan.batchSize(), plan.batchSize(), plan.frequency(), 0);
    this.run = run;
    this.plan = plan;
    this.settings = settings;
  }

  /** Gives the workers of the next round these queues to start with, after a resume. */
  public void restoreQueues(Map<Integer, NegativeQueue.Snapshot> queues) {
    restoredQueues = Map.copyOf(queues);
  }

  /**
   * Runs a round and leaves its mean in the graph.
   *
   * @param graph the driver's graph
   * @param epoch the minibatches of the round's epoch, one partition a worker, persisted
   * @param round the steps to take
   * @param returnQueues whether the outcome brings the negative queues
   * @throws TandemException if the loss is no longer a finite number; the graph is unchanged
   */
  public RoundOutcome executeRound(
      SparkComputationGraph graph,
      JavaRDD<Minibatch> epoch,
      TrainingPlan.Round round,
      boolean returnQueues) {
    if (epoch.getNumPartitions() != plan.workers()) {
      throw new IllegalArgumentException(
          "the epoch has %d partitions for %d workers"
              .formatted(epoch.getNumPartitions(), plan.workers()));
    }
    for (int restarts = 0; ; restarts++) {
      try {
        return tryRound(graph, epoch, round, returnQueues, restarts);
      } catch (Exception e) { // Spark throws checked exceptions that its Java API does not declare
        if (restarts == MOST_RESTARTS || !executorsLost(e)) {
          throw e;
        }
        LOG.warn(
            "Executors were lost in round {}; it is started again with the parameters it began"
                + " with",
            round.number() + 1);
      }
    }
  }

  private static boolean executorsLost(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return EXECUTOR_LOSS.stream().anyMatch(message::contains);
  }

  private RoundOutcome tryRound(
      SparkComputationGraph graph,
      JavaRDD<Minibatch> epoch,
      TrainingPlan.Round round,
      boolean returnQueues,
      int restarts) {
    long begin = System.nanoTime();
    Broadcast<RoundState> broadcast = broadcast(graph, round, returnQueues);
    long sent = System.nanoTime();
    try {
      ContrastiveTrainingWorker worker =
          new ContrastiveTrainingWorker(broadcast, settings, workerConfiguration());
      JavaRDD<ContrastiveTrainingResult> results =
          epoch.mapPartitionsWithIndex(worker::train, true);
      List<ContrastiveTrainingResult> partial =
          plan.workers() < TREE_FROM
              ? new ArrayList<>(results.collect())
              : List.of(results.treeReduce(ContrastiveTrainingResult::add, aggregationDepth));
      long collected = System.nanoTime();
      ContrastiveTrainingResult sum = sum(partial);
      requireFinite(sum);
      sum.average();
      apply(sum, graph.getNetwork(), round);
      accepted = sum.reports().stream().map(WorkerReport::taskAttempt).collect(Collectors.toSet());
      restoredQueues = Map.of();
      long end = System.nanoTime();
      List<WorkerReport> reports = new ArrayList<>(sum.reports());
      reports.sort(Comparator.comparingInt(WorkerReport::worker));
      return new RoundOutcome(
          List.copyOf(reports),
          sum.queues(),
          (sent - begin) / 1e9,
          (end - collected) / 1e9,
          (end - begin) / 1e9,
          restarts);
    } finally {
      broadcast.destroy();
    }
  }

  // In the order of the workers, so that equal runs add in an equal order.
  private static ContrastiveTrainingResult sum(List<ContrastiveTrainingResult> partial) {
    ContrastiveTrainingResult sum = partial.get(0);
    for (int i = 1; i < partial.size(); i++) {
      sum.add(partial.set(i, null));
    }
    return sum;
  }

  private static void requireFinite(ContrastiveTrainingResult sum) {
    List<String> failures =
        sum.reports().stream().map(WorkerReport::failure).filter(f -> f != null).toList();
    if (!failures.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "Training diverged: "
              + String.join("; ", failures)
              + ". Lower train.optimizer.learning-rate, lengthen train.schedule.warmup, or set"
              + " train.gradient-clipping; a temperature (train.loss.temperature) near 0 does it"
              + " too.");
    }
  }

  private static void apply(
      ContrastiveTrainingResult mean, ComputationGraph network, TrainingPlan.Round round) {
    mean.flatParameters().copyTo(network.params());
    mean.flatUpdaterState().copyTo(network.getUpdater().getStateViewArray());
    network
        .getConfiguration()
        .setIterationCount(network.getConfiguration().getIterationCount() + round.steps());
    network.getConfiguration().setEpochCount(round.epoch());
  }

  private Broadcast<RoundState> broadcast(
      SparkComputationGraph graph, TrainingPlan.Round round, boolean returnQueues) {
    ComputationGraph network = graph.getNetwork();
    if (graphConfiguration == null) {
      graphConfiguration = serialize(network);
    }
    RoundState state =
        new RoundState(
            run,
            attempts++,
            round,
            graphConfiguration,
            FlatFloats.of(network.params()),
            FlatFloats.of(network.getUpdater().getStateViewArray()),
            network.getConfiguration().getIterationCount(),
            accepted,
            restoredQueues,
            returnQueues);
    return graph.getSparkContext().broadcast(state);
  }

  private static byte[] serialize(ComputationGraph network) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(network.getConfiguration());
    } catch (IOException e) {
      throw new UncheckedIOException("the graph's configuration cannot be serialized", e);
    }
    return bytes.toByteArray();
  }

  private WorkerConfiguration workerConfiguration() {
    return new WorkerConfiguration(
        true, plan.batchSize(), plan.batchSize(), plan.frequency(), prefetchNumBatches, false);
  }

  /**
   * A worker over a broadcast of the graph's present state, as the base class makes it. The
   * broadcast lives as long as the driver; rounds use {@link #executeRound}.
   */
  @Override
  public ParameterAveragingTrainingWorker getWorkerInstance(SparkComputationGraph graph) {
    TrainingPlan.Round round =
        new TrainingPlan.Round(0, graph.getNetwork().getConfiguration().getEpochCount(), 0, 1);
    return new ContrastiveTrainingWorker(
        broadcast(graph, round, false), settings, workerConfiguration());
  }

  /**
   * Not supported: a MultiDataSet has no passage ids, so known positives in the negative queue
   * could not be masked.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void executeTrainingMDS(SparkComputationGraph graph, JavaRDD<MultiDataSet> trainingData) {
    throw new UnsupportedOperationException(
        "a dual encoder trains on "
            + Minibatch.class.getSimpleName()
            + "s made of "
            + TrainingExample.class.getSimpleName()
            + "s: use executeRound");
  }

  /** Gives up what the run keeps in this process; executors do so when the next run starts. */
  public void release(JavaSparkContext spark) {
    WorkerSlots.release(run);
    if (!spark.isLocal()) {
      LOG.debug("Run {}: executors keep their slots until another run starts or they end", run);
    }
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
