package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.queue.QueueSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** What becomes of staged queue entries and of slots when tasks fail, repeat or move. */
class WorkerSlotsTest {
  private static final int CAPACITY = 4;
  private final String run = UUID.randomUUID().toString();
  private final AtomicInteger graphs = new AtomicInteger();

  @AfterEach
  void release() {
    WorkerSlots.release(run);
  }

  private static RoundState round(String run, long attempt, Long... accepted) {
    return new RoundState(
        run,
        attempt,
        new TrainingPlan.Round((int) attempt, 0, 0, 1),
        new byte[0],
        0,
        new AveragingSettings(UpdaterState.LOCAL, Wire.FLOAT32),
        false,
        false,
        Set.of(accepted),
        Map.of(),
        false);
  }

  private WorkerSlots.Lease lease(int worker, RoundState round) {
    return WorkerSlots.of(round.run()).lease(worker, 0, round, CAPACITY, 2, this::newGraph);
  }

  private WorkerGraph newGraph() {
    graphs.incrementAndGet();
    return WorkerGraph.over(TinyTraining.network(new Sgd(0.1), QueueSettings.NONE));
  }

  private void work(int worker, RoundState round, long task, String id) {
    try (WorkerSlots.Lease lease = lease(worker, round)) {
      lease.queue().stage(List.of(id), Nd4j.ones(1, 2));
      lease.finished(task);
    }
  }

  private List<String> ids(int worker, RoundState round) {
    try (WorkerSlots.Lease lease = lease(worker, round)) {
      List<String> ids = new java.util.ArrayList<>();
      for (String id : lease.queue().ids()) {
        if (id != null) {
          ids.add(id);
        }
      }
      lease.finished(999);
      return ids;
    }
  }

  @Test
  void acceptedEntriesStay() {
    work(0, round(run, 0), 10, "a");
    assertThat(ids(0, round(run, 1, 10L))).containsExactly("a");
    assertThat(graphs.get()).isEqualTo(1);
  }

  @Test
  void entriesOfAResultThatWasNotUsedAreTakenBack() {
    work(0, round(run, 0), 10, "a");
    work(0, round(run, 1, 10L), 11, "b");
    // Round 1 was started again as 2: the driver never used task 11
    assertThat(ids(0, round(run, 2, 10L))).containsExactly("a");
  }

  @Test
  void aFailedTaskLeavesNothing() {
    RoundState round = round(run, 0);
    try (WorkerSlots.Lease lease = lease(0, round)) {
      lease.queue().stage(List.of("a"), Nd4j.ones(1, 2));
    }
    assertThat(ids(0, round)).isEmpty();
    assertThat(WorkerSlots.of(run).leased()).isZero();
  }

  @Test
  void aSecondAttemptInTheSameRoundDoesNotTouchWhatTheFirstStaged() {
    RoundState first = round(run, 0);
    work(0, first, 10, "a");
    // A speculative copy starts after the first attempt has finished, and the first is used
    work(0, first, 11, "a");
    assertThat(ids(0, round(run, 1, 10L))).containsExactly("a");
  }

  @Test
  void aWorkerFindsItsOwnQueueAgain() {
    work(0, round(run, 0), 10, "a");
    work(1, round(run, 0), 11, "b");
    RoundState next = round(run, 1, 10L, 11L);
    assertThat(ids(1, next)).containsExactly("b");
    assertThat(ids(0, next)).containsExactly("a");
  }

  @Test
  void aWorkerThatMovesHereTakesAFreeQueueOver() {
    work(0, round(run, 0), 10, "a");
    assertThat(ids(7, round(run, 1, 10L))).containsExactly("a");
  }

  @Test
  void anotherRunStartsEmpty() {
    work(0, round(run, 0), 10, "a");
    String other = UUID.randomUUID().toString();
    assertThat(ids(0, round(other, 1, 10L))).isEmpty();
    WorkerSlots.release(other);
  }

  /** A round of a worker that ends with all numbers of its updater's state the same. */
  private void train(int worker, RoundState round, long task, double value) {
    try (WorkerSlots.Lease lease = lease(worker, round)) {
      lease.stageUpdaterState(Nd4j.valueArrayOf(3, value).castTo(DataType.FLOAT));
      lease.finished(task);
    }
  }

  /** The state that a worker would go on with; null where it has none of its own. */
  private Double own(int worker, RoundState round) {
    INDArray state = Nd4j.zeros(DataType.FLOAT, 3);
    try (WorkerSlots.Lease lease = lease(worker, round)) {
      return lease.copyUpdaterStateTo(state) ? state.meanNumber().doubleValue() : null;
    }
  }

  @Test
  void aWorkerGoesOnWithTheStateOfTheAcceptedAttempt() {
    train(0, round(run, 0), 10, 1);
    assertThat(own(0, round(run, 1, 10L))).isEqualTo(1);
    train(0, round(run, 1, 10L), 11, 2);
    // Round 1 was started again as 2
    assertThat(own(0, round(run, 2, 10L))).isEqualTo(1);
    train(0, round(run, 2, 10L), 12, 3);
    assertThat(own(0, round(run, 3, 12L))).isEqualTo(3);
  }

  @Test
  void aStateThatIsARoundOldOrAnotherWorkersIsNotGoneOnWith() {
    train(0, round(run, 0), 10, 1);
    RoundState next = round(run, 1, 10L);
    assertThat(own(0, next)).isEqualTo(1);
    // In round 1 worker 0 was elsewhere, as attempt 20
    assertThat(own(0, round(run, 2, 20L))).isNull();
    train(0, round(run, 2, 20L), 21, 2);
    assertThat(own(5, round(run, 3, 21L))).isNull();
  }
}
