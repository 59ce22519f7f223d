package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.sampling.EpochSampler;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.queue.NegativeQueue;
import dev.tandem.model.queue.QueueSettings;
import dev.tandem.model.queue.RelevanceMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockId;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Rounds of averaging against the same steps done by hand on a plain graph. */
abstract class ContrastiveTrainingContract {
  private static final int BATCH = 4;
  private static final double TOLERANCE = 1e-6;
  private static JavaSparkContext spark;

  abstract Transport transport();

  @BeforeAll
  static void start() {
    spark = TinyTraining.spark(2, 3);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static IUpdater scheduledAdam() {
    ISchedule rate =
        new MapSchedule.Builder(ScheduleType.ITERATION)
            .add(0, 0.05)
            .add(3, 0.02)
            .add(7, 0.01)
            .build();
    return new Adam(rate);
  }

  private static WorkerSettings settings(int accumulation, QueueSettings queue) {
    return new WorkerSettings(accumulation, queue, TinyTraining.SIZE, Relevance.MASKED);
  }

  /** All rounds of a plan; returns the network afterwards and collects the outcomes. */
  private ComputationGraph train(
      TrainingPlan plan, IUpdater updater, WorkerSettings settings, List<RoundOutcome> outcomes) {
    return train(plan, updater, settings, outcomes, sampled(plan));
  }

  private static JavaRDD<Minibatch> sampled(TrainingPlan plan) {
    JavaRDD<TrainingExample> examples =
        spark.parallelize(TinyTraining.examples((int) plan.examples()), 3);
    return new EpochSampler(plan, 11, 0).epoch(examples, 0);
  }

  private ComputationGraph train(
      TrainingPlan plan,
      IUpdater updater,
      WorkerSettings settings,
      List<RoundOutcome> outcomes,
      JavaRDD<Minibatch> epoch) {
    ComputationGraph network = TinyTraining.network(updater, settings.queue());
    ContrastiveTrainingMaster master =
        new ContrastiveTrainingMaster(
            UUID.randomUUID().toString(),
            plan,
            settings,
            spark.sc().longAccumulator(),
            transport());
    SparkComputationGraph graph = new SparkComputationGraph(spark, network, master);
    JavaRDD<Minibatch> persisted = epoch.cache();
    for (TrainingPlan.Round round : plan.rounds()) {
      outcomes.add(master.executeRound(graph, persisted, round, true));
    }
    persisted.unpersist();
    master.release(spark);
    return network;
  }

  /** A worker's minibatches by hand, with DL4J's own fit. */
  private static ComputationGraph fit(
      List<Minibatch> minibatches, IUpdater updater, QueueSettings settings) {
    ComputationGraph network = TinyTraining.network(updater, settings);
    NegativeQueue queue =
        settings.exists() ? new NegativeQueue(settings.capacity(), TinyTraining.SIZE) : null;
    for (Minibatch minibatch : minibatches) {
      List<INDArray> inputs =
          new ArrayList<>(List.of(ids(minibatch.queries()), ids(minibatch.passages())));
      if (settings.exists()) {
        inputs.add(queue.embeddings());
      }
      if (settings.pairs()) {
        inputs.add(queue.queries());
      }
      INDArray relevance =
          RelevanceMatrix.of(
              Arrays.stream(minibatch.knownPositives()).map(Arrays::asList).toList(),
              Arrays.asList(minibatch.passageIds()),
              queue == null ? new String[0] : queue.ids(),
              settings.pairs() ? queue.knownPositives() : new String[0][],
              Relevance.MASKED);
      // The texts as the parameters before the update encode them
      INDArray queries = encode(network, inputs.get(0));
      INDArray passages = encode(network, inputs.get(1));
      network.fit(inputs.toArray(INDArray[]::new), new INDArray[] {relevance});
      if (settings.pairs()) {
        queue.stage(
            Arrays.asList(minibatch.passageIds()), passages, queries, minibatch.knownPositives());
      } else if (settings.exists()) {
        queue.push(Arrays.asList(minibatch.passageIds()), passages);
      }
    }
    return network;
  }

  private static INDArray encode(ComputationGraph network, INDArray texts) {
    return Transforms.tanh(
        texts
            .mmul(network.getLayer("encoder").getParam("W"))
            .addRowVector(network.getLayer("encoder").getParam("b")));
  }

  private static INDArray ids(int[][] rows) {
    return Nd4j.createFromArray(rows).castTo(DataType.FLOAT);
  }

  private static void assertSame(INDArray actual, INDArray expected) {
    assertThat(actual.length()).isEqualTo(expected.length());
    assertThat(actual.distance2(expected.reshape(actual.shape()))).isCloseTo(0, within(TOLERANCE));
  }

  @Test
  void oneWorkerAveragingAtEveryStepIsPlainFit() {
    TrainingPlan plan = TrainingPlan.of(24, 1, BATCH, 1, 1, 1, null);
    List<RoundOutcome> outcomes = new ArrayList<>();
    ComputationGraph trained =
        train(plan, scheduledAdam(), settings(1, QueueSettings.NONE), outcomes);
    ComputationGraph expected = fit(sampled(plan).collect(), scheduledAdam(), QueueSettings.NONE);
    assertSame(trained.params(), expected.params());
    assertSame(trained.getUpdater().getStateViewArray(), expected.getUpdater().getStateViewArray());
    assertThat(outcomes).hasSize(6);
    assertThat(trained.getIterationCount()).isEqualTo(6);
    assertThat(
            trained
                .params()
                .distance2(TinyTraining.network(scheduledAdam(), QueueSettings.NONE).params()))
        .isGreaterThan(0.1);
  }

  @Test
  void roundsOfOneWorkerAreContinuousSteps() {
    // Adam's bias correction and the schedule must go on where the round before ended.
    TrainingPlan plan = TrainingPlan.of(40, 1, BATCH, 1, 2, 1, null);
    List<RoundOutcome> outcomes = new ArrayList<>();
    ComputationGraph trained =
        train(plan, scheduledAdam(), settings(1, QueueSettings.NONE), outcomes);
    assertThat(outcomes).hasSize(5);
    assertSame(
        trained.params(),
        fit(sampled(plan).collect(), scheduledAdam(), QueueSettings.NONE).params());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theQueueOutlivesTheRound(boolean pairs) {
    QueueSettings settings = new QueueSettings(10, pairs);
    TrainingPlan plan = TrainingPlan.of(40, 1, BATCH, 1, 2, 1, null);
    List<RoundOutcome> outcomes = new ArrayList<>();
    ComputationGraph trained = train(plan, scheduledAdam(), settings(1, settings), outcomes);
    assertThat(outcomes)
        .extracting(RoundOutcome::queueFill)
        .containsExactly(8.0, 10.0, 10.0, 10.0, 10.0);
    assertSame(trained.params(), fit(sampled(plan).collect(), scheduledAdam(), settings).params());
  }

  @Test
  void twoWorkersGiveTheMeanOfBoth() {
    TrainingPlan plan = TrainingPlan.of(24, 2, BATCH, 1, 3, 1, null);
    ComputationGraph trained =
        train(plan, new Adam(0.05), settings(1, QueueSettings.NONE), new ArrayList<>());
    List<List<Minibatch>> parts = sampled(plan).glom().collect();
    ComputationGraph one = fit(parts.get(0), new Adam(0.05), QueueSettings.NONE);
    ComputationGraph two = fit(parts.get(1), new Adam(0.05), QueueSettings.NONE);
    assertSame(trained.params(), one.params().add(two.params()).div(2));
    assertSame(
        trained.getUpdater().getStateViewArray(),
        one.getUpdater().getStateViewArray().add(two.getUpdater().getStateViewArray()).div(2));
    assertThat(one.params().distance2(two.params())).isGreaterThan(0.01);
  }

  @Test
  void moreWorkersThanSlotsGiveTheMeanToo() {
    TrainingPlan plan = TrainingPlan.of(30, 10, BATCH, 1, 1, 1, null);
    ComputationGraph trained =
        train(plan, new Sgd(0.5), settings(1, QueueSettings.NONE), new ArrayList<>());
    INDArray sum = Nd4j.zeros(trained.params().shape());
    for (List<Minibatch> part : sampled(plan).glom().collect()) {
      sum.addi(fit(part, new Sgd(0.5), QueueSettings.NONE).params());
    }
    assertSame(trained.params(), sum.div(10));
  }

  @Test
  void accumulatedGradientsAreTheMeanOverPairs() {
    // Two minibatches a step; with SGD the step is the mean of the two gradients.
    TrainingPlan plan = TrainingPlan.of(8, 1, BATCH, 2, 1, 1, null);
    assertThat(plan.totalSteps()).isEqualTo(1);
    ComputationGraph trained =
        train(plan, new Sgd(0.5), settings(2, QueueSettings.NONE), new ArrayList<>());
    List<Minibatch> parts = sampled(plan).collect();
    INDArray one = fit(parts.subList(0, 1), new Sgd(0.5), QueueSettings.NONE).params();
    INDArray two = fit(parts.subList(1, 2), new Sgd(0.5), QueueSettings.NONE).params();
    assertSame(trained.params(), one.add(two).div(2));
    assertThat(trained.getIterationCount()).isEqualTo(1);
  }

  @Test
  void everyExampleIsTrainedOn() {
    TrainingPlan plan = TrainingPlan.of(37, 2, BATCH, 1, 2, 1, null);
    List<RoundOutcome> outcomes = new ArrayList<>();
    train(plan, new Sgd(0.1), settings(1, QueueSettings.NONE), outcomes);
    assertThat(outcomes.stream().mapToLong(RoundOutcome::pairs).sum()).isEqualTo(37);
  }

  @Test
  void aFailedAttemptLeavesNoTraceInTheQueue() {
    TrainingPlan plan = TrainingPlan.of(40, 1, BATCH, 1, 2, 1, null);
    List<RoundOutcome> quiet = new ArrayList<>();
    ComputationGraph expected =
        train(plan, scheduledAdam(), settings(1, QueueSettings.ofPairs(10)), quiet);
    FAILURES.set(0);
    // The fourth minibatch, the last of the second round, cannot be had at the first attempt, when
    // the third has been trained on and put into the queue.
    JavaRDD<Minibatch> failing =
        spark.parallelize(sampled(plan).collect(), 1).mapPartitions(all -> new FailingOnce(all, 4));
    List<RoundOutcome> disturbed = new ArrayList<>();
    ComputationGraph network = TinyTraining.network(scheduledAdam(), QueueSettings.ofPairs(10));
    ContrastiveTrainingMaster master =
        new ContrastiveTrainingMaster(
            UUID.randomUUID().toString(),
            plan,
            settings(1, QueueSettings.ofPairs(10)),
            spark.sc().longAccumulator(),
            transport());
    SparkComputationGraph graph = new SparkComputationGraph(spark, network, master);
    for (TrainingPlan.Round round : plan.rounds()) {
      disturbed.add(master.executeRound(graph, failing, round, true));
    }
    master.release(spark);
    assertThat(FAILURES.get()).isEqualTo(1);
    assertSame(network.params(), expected.params());
    for (int i = 0; i < quiet.size(); i++) {
      assertThat(disturbed.get(i).queues().get(0).ids())
          .isEqualTo(quiet.get(i).queues().get(0).ids());
    }
  }

  private static final AtomicInteger FAILURES = new AtomicInteger();

  /** Throws in place of an element, the first time it is asked for in this process. */
  private static final class FailingOnce implements Iterator<Minibatch> {
    private final Iterator<Minibatch> all;
    private final int number;
    private int given;

    FailingOnce(Iterator<Minibatch> all, int number) {
      this.all = all;
      this.number = number;
    }

    @Override
    public boolean hasNext() {
      return all.hasNext();
    }

    @Override
    public Minibatch next() {
      given++;
      if (given == number && FAILURES.compareAndSet(0, 1)) {
        throw new IllegalStateException("injected");
      }
      return all.next();
    }
  }

  @Test
  void divergenceIsToldWithStepAndWorker() {
    TrainingPlan plan = TrainingPlan.of(24, 1, BATCH, 1, 3, 1, null);
    assertThatThrownBy(
            () ->
                train(
                    plan,
                    new Sgd(Double.POSITIVE_INFINITY),
                    settings(1, QueueSettings.NONE),
                    new ArrayList<>()))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("step 2 of epoch 1 on worker 0")
        .hasMessageContaining("learning-rate");
  }

  @Test
  void broadcastsAndResultsOfOldRoundsAreGone() {
    TrainingPlan plan = TrainingPlan.of(80, 1, BATCH, 1, 1, 1, null);
    train(plan, new Sgd(0.1), settings(1, QueueSettings.NONE), new ArrayList<>());
    // Blocks are removed by messages of their own, so the last ones may take a moment
    await(() -> storedBroadcasts() <= 4);
  }

  private static long storedBroadcasts() {
    long count = 0;
    scala.collection.Iterator<BlockId> blocks =
        SparkEnv.get().blockManager().getMatchingBlockIds(id -> id.isBroadcast()).iterator();
    while (blocks.hasNext()) {
      blocks.next();
      count++;
    }
    return count;
  }

  private static void await(BooleanSupplier condition) {
    for (int i = 0; i < 100 && !condition.getAsBoolean(); i++) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
