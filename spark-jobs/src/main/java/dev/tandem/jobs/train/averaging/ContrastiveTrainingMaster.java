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
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.util.LongAccumulator;
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
 * <p>After each round the driver's graph holds the mean of the workers' parameters, the right
 * iteration count, and the updater state that {@link UpdaterState} says. Differences to the base
 * class: counters survive rounds, state travels in bulk by a {@link Transport}, sums are formed in
 * place, what was sent is freed when the round is over, workers stay where they are, and it trains
 * on minibatches that the caller has laid out and persisted once an epoch, so that no round scans
 * the data set again and no example is dropped.
 *
 * <p>Used by one thread of the driver.
 */
public final class ContrastiveTrainingMaster extends ParameterAveragingTrainingMaster {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(ContrastiveTrainingMaster.class);

  private final transient String run;
  private final transient TrainingPlan plan;
  private final transient WorkerSettings settings;
  private final transient LongAccumulator pairsDone;
  private final transient Transport transport;
  private final transient WorkerMean mean = new WorkerMean();
  private transient byte[] graphConfiguration;
  private transient long attempts;
  private transient Set<Long> accepted = Set.of();
  private transient Map<Integer, NegativeQueue.Snapshot> restoredQueues = Map.of();
  private transient Map<Integer, BlockManagerId> places = Map.of();
  private transient OpenRound announced;

  /**
   * Whether workers are to go on with the driver's updater state, whatever they have themselves.
   */
  private transient boolean commonUpdaterState = true;

  /**
   * A master for one training run.
   *
   * @param spark decides how state travels: in a cluster, or within this process
   * @param run a name of the run that no other run of the cluster has
   * @param plan workers, minibatch size, steps a round
   * @param settings what workers need to know
   * @param pairsDone an accumulator of this Spark context, to which tasks add the pairs they have
   *     trained on, those of attempts that fail in the end included
   */
  public ContrastiveTrainingMaster(
      JavaSparkContext spark,
      String run,
      TrainingPlan plan,
      WorkerSettings settings,
      LongAccumulator pairsDone) {
    this(run, plan, settings, pairsDone, Transport.of(spark));
  }

  ContrastiveTrainingMaster(
      String run,
      TrainingPlan plan,
      WorkerSettings settings,
      LongAccumulator pairsDone,
      Transport transport) {
    super(true, plan.workers(), plan.batchSize(), plan.batchSize(), plan.frequency(), 0);
    this.run = run;
    this.plan = plan;
    this.settings = settings;
    this.pairsDone = pairsDone;
    this.transport = transport;
  }

  /**
   * A round whose state workers can have.
   *
   * @param seconds that were spent on announcing it
   */
  private record OpenRound(RoundState state, Transport.Exchange exchange, double seconds) {}

  /** Gives the workers of the next round these queues to start with, after a resume. */
  public void restoreQueues(Map<Integer, NegativeQueue.Snapshot> queues) {
    withdraw();
    restoredQueues = Map.copyOf(queues);
  }

  /**
   * Runs a round that no checkpoint follows and leaves its mean in the graph.
   *
   * @throws TandemException if the loss is no longer a finite number; the graph is unchanged
   * @see #executeRound(SparkComputationGraph, JavaRDD, TrainingPlan.Round, boolean, boolean)
   */
  public RoundOutcome executeRound(
      SparkComputationGraph graph,
      JavaRDD<Minibatch> epoch,
      TrainingPlan.Round round,
      boolean returnQueues) {
    return executeRound(graph, epoch, round, returnQueues, false);
  }

  /**
   * Runs a round and leaves its mean in the graph.
   *
   * @param graph the driver's graph
   * @param epoch the minibatches of the round's epoch, one partition a worker, persisted
   * @param round the steps to take
   * @param returnQueues whether the outcome brings the negative queues
   * @param checkpoint whether a checkpoint follows: the graph then has all that a run needs to go
   *     on from it as this one will, also where workers keep their own updater states
   * @throws TandemException if the loss is no longer a finite number; the graph is unchanged
   */
  public RoundOutcome executeRound(
      SparkComputationGraph graph,
      JavaRDD<Minibatch> epoch,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint) {
    if (epoch.getNumPartitions() != plan.workers()) {
      throw new IllegalArgumentException(
          "the epoch has %d partitions for %d workers"
              .formatted(epoch.getNumPartitions(), plan.workers()));
    }
    return RoundRestarts.run(
        round, restarts -> tryRound(graph, epoch, round, returnQueues, checkpoint, restarts));
  }

  private RoundOutcome tryRound(
      SparkComputationGraph graph,
      JavaRDD<Minibatch> epoch,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint,
      int restarts)
      throws IOException {
    long begin = System.nanoTime();
    ComputationGraph network = graph.getNetwork();
    OpenRound open = announcedOrNew(graph, round, returnQueues, checkpoint);
    RoundState state = open.state();
    List<WorkerReport> reports;
    long started;
    long trained;
    try (Transport.Exchange exchange = open.exchange()) {
      started = System.nanoTime();
      ContrastiveTrainingWorker worker =
          new ContrastiveTrainingWorker(exchange, settings, workerConfiguration(), pairsDone);
      reports = new ArrayList<>(new PlacedRound(epoch, worker, places).toJavaRDD().collect());
      trained = System.nanoTime();
      // In the order of the workers, so that equal runs add in an equal order
      reports.sort(Comparator.comparingInt(WorkerReport::worker));
      requireFinite(reports);
      mean.form(exchange, state, reports, network);
    }
    mean.applyTo(network, state);
    count(network, round);
    accepted = reports.stream().map(WorkerReport::taskAttempt).collect(Collectors.toSet());
    places =
        reports.stream().collect(Collectors.toMap(WorkerReport::worker, WorkerReport::location));
    restoredQueues = Map.of();
    commonUpdaterState = !state.keepsUpdaterState();
    long end = System.nanoTime();
    return new RoundOutcome(
        List.copyOf(reports),
        (started - begin) / 1e9 + open.seconds(),
        (end - trained) / 1e9,
        (end - begin) / 1e9 + open.seconds(),
        restarts);
  }

  /**
   * Lets the workers' processes fetch what the next round begins with while they do something else,
   * such as a validation. Until that round the graph's parameters and updater state must stay.
   *
   * @param round the next one
   * @param returnQueues as the round will be executed
   * @param checkpoint as the round will be executed
   */
  public void announce(
      SparkComputationGraph graph,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint) {
    withdraw();
    long begin = System.nanoTime();
    OpenRound open = openRound(graph, round, returnQueues, checkpoint);
    announced = open;
    try {
      transport.announce(graph.getSparkContext(), open.exchange(), places.values());
    } catch (Exception e) { // Spark throws checked exceptions that its Java API does not declare
      LOG.warn("Round {} is not sent ahead: {}", round.number() + 1, e.toString());
    }
    announced = new OpenRound(open.state(), open.exchange(), (System.nanoTime() - begin) / 1e9);
  }

  private void withdraw() {
    if (announced != null) {
      announced.exchange().close();
      announced = null;
    }
  }

  private OpenRound announcedOrNew(
      SparkComputationGraph graph,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint) {
    OpenRound open = announced;
    if (open != null && open.state().isFor(round, returnQueues, returnsUpdaterState(checkpoint))) {
      announced = null;
      return open;
    }
    withdraw();
    return openRound(graph, round, returnQueues, checkpoint);
  }

  private OpenRound openRound(
      SparkComputationGraph graph,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint) {
    RoundState state = state(graph.getNetwork(), round, returnQueues, checkpoint);
    return new OpenRound(state, open(graph, state), 0);
  }

  private Transport.Exchange open(SparkComputationGraph graph, RoundState state) {
    ComputationGraph network = graph.getNetwork();
    return transport.open(
        graph.getSparkContext(), state, network.params(), network.getUpdater().getStateViewArray());
  }

  private static void requireFinite(List<WorkerReport> reports) {
    List<String> failures =
        reports.stream().map(WorkerReport::failure).filter(f -> f != null).toList();
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

  private static void count(ComputationGraph network, TrainingPlan.Round round) {
    network
        .getConfiguration()
        .setIterationCount(network.getConfiguration().getIterationCount() + round.steps());
    network.getConfiguration().setEpochCount(round.epoch());
  }

  private RoundState state(
      ComputationGraph network,
      TrainingPlan.Round round,
      boolean returnQueues,
      boolean checkpoint) {
    if (graphConfiguration == null) {
      graphConfiguration = serialize(network);
    }
    return new RoundState(
        run,
        attempts++,
        round,
        graphConfiguration,
        network.getConfiguration().getIterationCount(),
        settings.averaging(),
        commonUpdaterState,
        returnsUpdaterState(checkpoint),
        accepted,
        restoredQueues,
        returnQueues);
  }

  private boolean returnsUpdaterState(boolean checkpoint) {
    UpdaterState updaterState = settings.averaging().updaterState();
    return updaterState == UpdaterState.AVERAGE || updaterState == UpdaterState.LOCAL && checkpoint;
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
   * A worker over the graph's present state, as the base class makes it. What is sent for it lives
   * as long as the driver; rounds use {@link #executeRound}.
   */
  @Override
  public ParameterAveragingTrainingWorker getWorkerInstance(SparkComputationGraph graph) {
    TrainingPlan.Round round =
        new TrainingPlan.Round(0, graph.getNetwork().getConfiguration().getEpochCount(), 0, 1);
    return new ContrastiveTrainingWorker(
        open(graph, state(graph.getNetwork(), round, false, false)),
        settings,
        workerConfiguration(),
        pairsDone);
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
    mean.close();
    try {
      withdraw();
    } catch (RuntimeException e) {
      // Spark may have stopped, and taken what was open with it.
      LOG.debug("Run {}: the announced round was not closed: {}", run, e.toString());
    }
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
