package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.sampling.EpochSampler;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.queue.QueueSettings;
import dev.tandem.model.queue.RelevanceMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManagerId;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** What becomes of updater states between rounds, and what workers send, by every transport. */
abstract class AveragingModesContract {
  private static final int BATCH = 4;

  /** Hidden layers of a network of 1.2 million parameters, more than a block of a transport. */
  private static final int[] TWO_BLOCKS = {1000, 1200};

  private static final double[] RATES = {0.05, 0.04, 0.02, 0.03, 0.01, 0.02, 0.01, 0.01};
  private static final AtomicInteger FAILURES = new AtomicInteger();
  private static JavaSparkContext spark;

  private String run;

  abstract Transport transport();

  @BeforeAll
  static void start() {
    spark = TinyTraining.spark(2, 3);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void nameRun() {
    run = UUID.randomUUID().toString();
  }

  /** Adam with a learning rate of its own for each iteration from one on. */
  private static IUpdater adam(int from) {
    MapSchedule.Builder schedule = new MapSchedule.Builder(ScheduleType.ITERATION);
    for (int i = from; i < RATES.length; i++) {
      schedule.add(i - from, RATES[i]);
    }
    return new Adam(schedule.build());
  }

  private static TrainingPlan plan(int workers, int rounds) {
    return TrainingPlan.of((long) workers * rounds * 2 * BATCH, workers, BATCH, 1, 2, 1, null);
  }

  private static JavaRDD<Minibatch> sampled(TrainingPlan plan) {
    return new EpochSampler(plan, 11, 0)
        .epoch(spark.parallelize(TinyTraining.examples((int) plan.examples()), 3), 0);
  }

  private static ComputationGraph network(int... hidden) {
    return TinyTraining.network(adam(0), QueueSettings.NONE, TinyTraining.SIZE, hidden);
  }

  private static AveragingSettings settings(UpdaterState updaterState) {
    return new AveragingSettings(updaterState, Wire.FLOAT32);
  }

  /** A run's driver. */
  private final class Driver {
    final TrainingPlan plan;
    final ComputationGraph network;
    final List<RoundOutcome> outcomes = new ArrayList<>();
    private final ContrastiveTrainingMaster master;
    private final SparkComputationGraph graph;
    private final JavaRDD<Minibatch> epoch;

    Driver(
        TrainingPlan plan, AveragingSettings averaging, JavaRDD<Minibatch> epoch, int... hidden) {
      this(plan, averaging, epoch, transport(), hidden);
    }

    Driver(
        TrainingPlan plan,
        AveragingSettings averaging,
        JavaRDD<Minibatch> epoch,
        Transport transport,
        int... hidden) {
      this.plan = plan;
      this.epoch = epoch;
      network = network(hidden);
      master =
          new ContrastiveTrainingMaster(
              run,
              plan,
              new WorkerSettings(
                  1, QueueSettings.NONE, TinyTraining.SIZE, Relevance.MASKED, averaging),
              spark.sc().longAccumulator(),
              transport);
      graph = new SparkComputationGraph(spark, network, master);
    }

    Driver(TrainingPlan plan, AveragingSettings averaging, int... hidden) {
      this(plan, averaging, sampled(plan).cache(), hidden);
    }

    /** Runs rounds. */
    Driver rounds(int from, int to, IntPredicate checkpoint) {
      for (TrainingPlan.Round round : plan.rounds().subList(from, to)) {
        outcomes.add(
            master.executeRound(graph, epoch, round, false, checkpoint.test(round.number())));
      }
      return this;
    }

    Driver rounds(int count) {
      return rounds(0, count, round -> false);
    }

    INDArray updaterState() {
      return network.getUpdater().getStateViewArray();
    }
  }

  /** Steps on a network with DL4J's own fit. */
  private static void fit(ComputationGraph network, List<Minibatch> minibatches) {
    for (Minibatch minibatch : minibatches) {
      INDArray relevance =
          RelevanceMatrix.of(
              Arrays.stream(minibatch.knownPositives()).map(Arrays::asList).toList(),
              Arrays.asList(minibatch.passageIds()),
              new String[0],
              Relevance.MASKED);
      network.fit(
          new INDArray[] {ids(minibatch.queries()), ids(minibatch.passages())},
          new INDArray[] {relevance});
    }
  }

  private static INDArray ids(int[][] rows) {
    return Nd4j.createFromArray(rows).castTo(DataType.FLOAT);
  }

  private static INDArray mean(INDArray one, INDArray two) {
    return one.add(two).div(2);
  }

  private static void assertClose(INDArray actual, INDArray expected) {
    assertThat(actual.distance2(expected.reshape(actual.shape()))).isLessThan(1e-6);
  }

  private static void assertEqual(INDArray actual, INDArray expected) {
    assertThat(actual.distance2(expected)).isZero();
  }

  /** Counts what it is asked for. */
  private record Watched(Transport transport, AtomicInteger opened, List<Integer> announced)
      implements Transport {
    @Override
    public Exchange open(
        JavaSparkContext spark, RoundState round, INDArray parameters, INDArray updaterState) {
      opened.incrementAndGet();
      return transport.open(spark, round, parameters, updaterState);
    }

    @Override
    public void announce(
        JavaSparkContext spark, Exchange exchange, Collection<BlockManagerId> processes) {
      announced.add(processes.size());
      transport.announce(spark, exchange, processes);
    }
  }

  @Test
  void announcedRoundsEndAsOthers() {
    TrainingPlan plan = plan(2, 4);
    Driver expected = new Driver(plan, settings(UpdaterState.AVERAGE), TWO_BLOCKS).rounds(4);
    run = UUID.randomUUID().toString();
    AtomicInteger opened = new AtomicInteger();
    List<Integer> announced = new ArrayList<>();
    Driver driver =
        new Driver(
            plan,
            settings(UpdaterState.AVERAGE),
            sampled(plan).cache(),
            new Watched(transport(), opened, announced),
            TWO_BLOCKS);
    for (int round = 0; round < 4; round++) {
      // The third one with queues, which it is then run without: it must be opened anew.
      driver.master.announce(driver.graph, plan.rounds().get(round), round == 2, false);
      driver.rounds(round, round + 1, r -> false);
    }
    assertEqual(driver.network.params(), expected.network.params());
    assertEqual(driver.updaterState(), expected.updaterState());
    assertThat(opened).hasValue(5);
    // Nobody knows before the first round where workers will be.
    assertThat(announced).containsExactly(0, 2, 2, 2);
    driver.master.announce(driver.graph, plan.rounds().get(3), false, false);
    driver.master.release(spark);
  }

  @Test
  void aRoundThatCannotBeAnnouncedIsRunAllTheSame() {
    TrainingPlan plan = plan(1, 2);
    Driver expected = new Driver(plan, settings(UpdaterState.AVERAGE)).rounds(2);
    run = UUID.randomUUID().toString();
    Transport transport = transport();
    Transport broken =
        new Transport() {
          @Override
          public Exchange open(
              JavaSparkContext spark, RoundState round, INDArray parameters, INDArray state) {
            return transport.open(spark, round, parameters, state);
          }

          @Override
          public void announce(
              JavaSparkContext spark, Exchange exchange, Collection<BlockManagerId> processes) {
            throw new IllegalStateException("injected");
          }
        };
    Driver driver = new Driver(plan, settings(UpdaterState.AVERAGE), sampled(plan).cache(), broken);
    for (int round = 0; round < 2; round++) {
      driver.master.announce(driver.graph, plan.rounds().get(round), false, false);
      driver.rounds(round, round + 1, r -> false);
    }
    assertEqual(driver.network.params(), expected.network.params());
  }

  @Test
  void anAnnouncedRoundThatLosesATaskIsTheSame() {
    TrainingPlan plan = plan(1, 4);
    Driver expected = new Driver(plan, settings(UpdaterState.LOCAL)).rounds(4);
    run = UUID.randomUUID().toString();
    Driver driver = new Driver(plan, settings(UpdaterState.LOCAL), failingOnce(plan));
    for (int round = 0; round < 4; round++) {
      driver.master.announce(driver.graph, plan.rounds().get(round), false, false);
      driver.rounds(round, round + 1, r -> false);
    }
    assertThat(FAILURES).hasValue(1);
    assertEqual(driver.network.params(), expected.network.params());
  }

  @Test
  void oneWorkerTrainsAlikeWithItsOwnStateAndTheAveragedOne() {
    Driver averaged = new Driver(plan(1, 4), settings(UpdaterState.AVERAGE)).rounds(4);
    run = UUID.randomUUID().toString();
    Driver own = new Driver(plan(1, 4), settings(UpdaterState.LOCAL)).rounds(4);
    assertEqual(own.network.params(), averaged.network.params());
    assertThat(own.outcomes)
        .flatExtracting(RoundOutcome::reports)
        .noneMatch(WorkerReport::updaterStateLost);
    // Nobody asked for the state
    assertThat(own.updaterState().amaxNumber().doubleValue()).isZero();
    assertThat(averaged.updaterState().amaxNumber().doubleValue()).isPositive();
  }

  @Test
  void twoWorkersKeepTheirOwnStatesUntilACheckpoint() {
    Driver driver =
        new Driver(plan(2, 3), settings(UpdaterState.LOCAL)).rounds(0, 2, round -> round == 1);
    List<List<Minibatch>> parts = sampled(driver.plan).glom().collect();
    ComputationGraph one = TinyTraining.network(adam(0), QueueSettings.NONE);
    ComputationGraph two = TinyTraining.network(adam(0), QueueSettings.NONE);
    for (int from = 0; from < 4; from += 2) {
      fit(one, parts.get(0).subList(from, from + 2));
      fit(two, parts.get(1).subList(from, from + 2));
      INDArray parameters = mean(one.params(), two.params());
      one.params().assign(parameters);
      two.params().assign(parameters);
    }
    INDArray state =
        mean(one.getUpdater().getStateViewArray(), two.getUpdater().getStateViewArray());
    assertClose(driver.network.params(), one.params());
    assertClose(driver.updaterState(), state);
    // After the checkpoint both go on with the mean
    one.getUpdater().getStateViewArray().assign(state);
    two.getUpdater().getStateViewArray().assign(state);
    fit(one, parts.get(0).subList(4, 6));
    fit(two, parts.get(1).subList(4, 6));
    driver.rounds(2, 3, round -> false);
    assertClose(driver.network.params(), mean(one.params(), two.params()));
  }

  @Test
  void aRunThatIsResumedWithStatesOfItsOwnEndsAsOneThatWasNotInterrupted() {
    TrainingPlan plan = plan(2, 4);
    Driver whole = new Driver(plan, settings(UpdaterState.LOCAL));
    whole.rounds(0, 2, round -> round == 1);
    INDArray parameters = whole.network.params().dup();
    INDArray state = whole.updaterState().dup();
    whole.rounds(2, 4, round -> false);
    run = UUID.randomUUID().toString();
    Driver resumed = new Driver(plan, settings(UpdaterState.LOCAL));
    resumed.network.params().assign(parameters);
    resumed.updaterState().assign(state);
    resumed.network.getConfiguration().setIterationCount(4);
    resumed.rounds(2, 4, round -> false);
    assertEqual(resumed.network.params(), whole.network.params());
  }

  @Test
  void aFailedAttemptDoesNotAdvanceTheWorkersState() {
    TrainingPlan plan = plan(1, 4);
    Driver expected = new Driver(plan, settings(UpdaterState.LOCAL)).rounds(4);
    run = UUID.randomUUID().toString();
    Driver driver = new Driver(plan, settings(UpdaterState.LOCAL), failingOnce(plan)).rounds(4);
    assertThat(FAILURES.get()).isEqualTo(1);
    assertEqual(driver.network.params(), expected.network.params());
    assertThat(driver.outcomes)
        .flatExtracting(RoundOutcome::reports)
        .noneMatch(WorkerReport::updaterStateLost);
  }

  /** The sixth minibatch, the last of the third round, cannot be had at the first attempt. */
  private static JavaRDD<Minibatch> failingOnce(TrainingPlan plan) {
    FAILURES.set(0);
    return spark.parallelize(sampled(plan).collect(), 1).mapPartitions(all -> failingOnce(all, 6));
  }

  private static Iterator<Minibatch> failingOnce(Iterator<Minibatch> all, int number) {
    AtomicInteger given = new AtomicInteger();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public Minibatch next() {
        if (given.incrementAndGet() == number && FAILURES.compareAndSet(0, 1)) {
          throw new IllegalStateException("injected");
        }
        return all.next();
      }
    };
  }

  @Test
  void aWorkerWhoseStateIsGoneStartsWithTheLastAveragedOneAndSaysSo() {
    TrainingPlan plan = plan(1, 3);
    Driver driver =
        new Driver(plan, settings(UpdaterState.LOCAL)).rounds(0, 1, round -> round == 0);
    driver.rounds(1, 2, round -> false);
    WorkerSlots.release(run);
    driver.rounds(2, 3, round -> false);
    assertThat(driver.outcomes)
        .flatExtracting(RoundOutcome::reports)
        .extracting(WorkerReport::updaterStateLost)
        .containsExactly(false, false, true);
    List<Minibatch> minibatches = sampled(plan).collect();
    ComputationGraph expected = TinyTraining.network(adam(0), QueueSettings.NONE);
    fit(expected, minibatches.subList(0, 2));
    INDArray averaged = expected.getUpdater().getStateViewArray().dup();
    fit(expected, minibatches.subList(2, 4));
    expected.getUpdater().getStateViewArray().assign(averaged);
    fit(expected, minibatches.subList(4, 6));
    assertClose(driver.network.params(), expected.params());
  }

  @Test
  void momentsThatStartAnewAreCorrectedFromTheRoundsStartAndTheScheduleGoesOn() {
    TrainingPlan plan = plan(1, 4);
    Driver driver =
        new Driver(plan, settings(UpdaterState.RESET)).rounds(0, 4, round -> round == 2);
    List<Minibatch> minibatches = sampled(plan).collect();
    INDArray parameters = TinyTraining.network(adam(0), QueueSettings.NONE).params();
    for (int from = 0; from < 8; from += 2) {
      ComputationGraph round = TinyTraining.network(adam(from), QueueSettings.NONE);
      round.params().assign(parameters);
      fit(round, minibatches.subList(from, from + 2));
      parameters = round.params();
    }
    assertClose(driver.network.params(), parameters);
    assertThat(driver.network.getIterationCount()).isEqualTo(8);
    assertThat(driver.updaterState().amaxNumber().doubleValue()).isZero();
  }

  @Test
  void bfloat16IsOffByAPartOfEachWorkersChange() {
    TrainingPlan plan = plan(2, 1);
    Driver exact = new Driver(plan, settings(UpdaterState.AVERAGE)).rounds(1);
    run = UUID.randomUUID().toString();
    Driver rounded =
        new Driver(plan, new AveragingSettings(UpdaterState.AVERAGE, Wire.BFLOAT16)).rounds(1);
    List<List<Minibatch>> parts = sampled(plan).glom().collect();
    INDArray start = TinyTraining.network(adam(0), QueueSettings.NONE).params();
    INDArray bound = Nd4j.zeros(DataType.FLOAT, start.shape());
    for (List<Minibatch> part : parts) {
      ComputationGraph worker = TinyTraining.network(adam(0), QueueSettings.NONE);
      fit(worker, part);
      INDArray change = worker.params().sub(start);
      bound.addi(Transforms.abs(change).mul(0x1p-8 / 2));
    }
    INDArray error = Transforms.abs(rounded.network.params().sub(exact.network.params()));
    assertThat(error.sumNumber().doubleValue()).isPositive();
    // What float32 sums of the order of 1 are off by themselves
    assertThat(error.sub(bound).maxNumber().doubleValue()).isLessThan(1e-6);
    assertEqual(rounded.updaterState(), exact.updaterState());
  }

  @ParameterizedTest
  @EnumSource
  void theMeanOfTwoWorkersIsThatOfAllBlocks(Wire wire) {
    // What is rounded in one round has Adam make other steps in the next
    int rounds = wire.isDifference() ? 1 : 2;
    TrainingPlan plan = plan(2, rounds);
    Driver driver =
        new Driver(plan, new AveragingSettings(UpdaterState.AVERAGE, wire), TWO_BLOCKS)
            .rounds(rounds);
    List<List<Minibatch>> parts = sampled(plan).glom().collect();
    INDArray parameters = network(TWO_BLOCKS).params().dup();
    INDArray state = network(TWO_BLOCKS).getUpdater().getStateViewArray().dup();
    INDArray change = Nd4j.zeros(DataType.FLOAT, parameters.shape());
    for (int from = 0; from < 2 * rounds; from += 2) {
      INDArray nextParameters = Nd4j.zeros(DataType.FLOAT, parameters.shape());
      INDArray nextState = Nd4j.zeros(DataType.FLOAT, state.shape());
      for (List<Minibatch> part : parts) {
        ComputationGraph worker = network(TWO_BLOCKS);
        worker.params().assign(parameters);
        worker.getUpdater().getStateViewArray().assign(state);
        worker.getConfiguration().setIterationCount(from);
        fit(worker, part.subList(from, from + 2));
        nextParameters.addi(worker.params().div(2));
        nextState.addi(worker.getUpdater().getStateViewArray().div(2));
        change.addi(Transforms.abs(worker.params().sub(parameters)).div(2));
      }
      parameters = nextParameters;
      state = nextState;
    }
    assertThat(parameters.length()).isGreaterThan(1 << 20);
    INDArray error = Transforms.abs(driver.network.params().sub(parameters));
    // In bfloat16 each number is off by a part of its change
    double rounding = wire.isDifference() ? 0x1p-8 : 0;
    assertThat(error.sub(change.mul(rounding)).maxNumber().doubleValue()).isLessThan(1e-6);
    assertThat(parameters.sub(network(TWO_BLOCKS).params()).norm2Number().doubleValue())
        .isGreaterThan(1);
    assertThat(driver.updaterState().distance2(state)).isLessThan(1e-5);
  }

  @Test
  void equalRunsEndEqual() {
    AveragingSettings averaging = new AveragingSettings(UpdaterState.LOCAL, Wire.BFLOAT16);
    Driver once = new Driver(plan(3, 2), averaging).rounds(2);
    run = UUID.randomUUID().toString();
    Driver again = new Driver(plan(3, 2), averaging).rounds(2);
    assertEqual(again.network.params(), once.network.params());
  }
}
