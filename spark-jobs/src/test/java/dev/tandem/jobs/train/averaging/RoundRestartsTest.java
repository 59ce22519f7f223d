package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

/** Which rounds are started again, and how often. */
class RoundRestartsTest {
  private static final TrainingPlan.Round ROUND = new TrainingPlan.Round(4, 0, 0, 1);

  private final List<Integer> attempts = new ArrayList<>();

  /** A round whose first attempts fail. */
  private RoundOutcome run(int failing, Exception failure) {
    return RoundRestarts.run(
        ROUND,
        restarts -> {
          attempts.add(restarts);
          if (restarts < failing) {
            throwAnything(failure);
          }
          return new RoundOutcome(List.of(), 0, 0, 0, restarts);
        });
  }

  // As Spark's Scala code does
  @SuppressWarnings("unchecked")
  private static <E extends Exception> void throwAnything(Exception failure) throws E {
    throw (E) failure;
  }

  @Test
  void aRoundWithoutFailureRunsOnce() {
    assertThat(run(0, null).restarts()).isZero();
    assertThat(attempts).containsExactly(0);
  }

  @Test
  void aResultThatCannotBeHadStartsTheRoundAgain() {
    assertThat(run(2, new IOException("the executor is gone")).restarts()).isEqualTo(2);
    assertThat(attempts).containsExactly(0, 1, 2);
  }

  @Test
  void theThirdSuchFailureEndsTheTraining() {
    IOException gone = new IOException("the executor is gone");
    assertThatThrownBy(() -> run(3, gone))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("round 5")
        .hasCause(gone);
    assertThat(attempts).containsExactly(0, 1, 2);
  }

  @Test
  void lostExecutorsStartTheRoundAgainAndTheThirdTimeEndIt() {
    SparkException lost =
        new SparkException("Job aborted: ExecutorLostFailure (executor 3 exited)");
    assertThat(run(1, lost).restarts()).isEqualTo(1);
    attempts.clear();
    assertThatThrownBy(() -> run(3, lost)).isSameAs(lost);
    assertThat(attempts).containsExactly(0, 1, 2);
  }

  @Test
  void anyOtherFailureIsNotTriedAgain() {
    IllegalStateException other = new IllegalStateException("a text is too long");
    assertThatThrownBy(() -> run(1, other)).isSameAs(other);
    SparkException task = new SparkException("Job aborted: Task 0 failed 4 times");
    assertThatThrownBy(() -> run(1, task)).isSameAs(task);
    assertThat(attempts).containsExactly(0, 0);
  }
}
