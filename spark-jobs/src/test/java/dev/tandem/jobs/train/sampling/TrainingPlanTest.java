package dev.tandem.jobs.train.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {
  @ParameterizedTest
  @CsvSource({"100, 2, 8, 1", "65, 2, 32, 1", "7, 3, 2, 2", "1, 2, 4, 1", "1000, 3, 32, 4"})
  void anEpochHasEveryExampleOnceInBatchesThatFit(
      long examples, int workers, int batchSize, int accumulation) {
    TrainingPlan plan = TrainingPlan.of(examples, workers, batchSize, accumulation, 4, 1, null);
    long all = 0;
    for (int worker = 0; worker < workers; worker++) {
      assertThat(plan.batchStart(worker, plan.batchesPerEpoch()))
          .isEqualTo(plan.examplesOf(worker));
      for (int batch = 0; batch < plan.batchesPerEpoch(); batch++) {
        long size = plan.batchStart(worker, batch + 1) - plan.batchStart(worker, batch);
        assertThat(size).isBetween(0L, (long) batchSize);
        all += size;
      }
    }
    assertThat(all).isEqualTo(examples);
    assertThat(plan.totalExamples()).isEqualTo(examples);
    long inRounds =
        plan.rounds().stream().mapToLong(r -> plan.examplesIn(r.firstStep(), r.steps())).sum();
    assertThat(inRounds).isEqualTo(examples);
  }

  @Test
  void aRestIsSpreadOverTheBatches() {
    // 33 pairs in batches of at most 32: 16 and 17 rather than 32 and a batch without negatives.
    TrainingPlan plan = TrainingPlan.of(33, 1, 32, 1, 1, 1, null);
    assertThat(plan.batchStart(0, 1)).isEqualTo(16);
    assertThat(plan.totalSteps()).isEqualTo(2);
  }

  @Test
  void roundsEndWithTheirEpochAndWithTheLastStep() {
    // 5 steps an epoch, 3 epochs, ended after 12 steps, rounds of 2
    TrainingPlan plan = TrainingPlan.of(40, 2, 4, 1, 2, 3, 12);
    assertThat(plan.rounds())
        .containsExactly(
            new TrainingPlan.Round(0, 0, 0, 2),
            new TrainingPlan.Round(1, 0, 2, 2),
            new TrainingPlan.Round(2, 0, 4, 1),
            new TrainingPlan.Round(3, 1, 0, 2),
            new TrainingPlan.Round(4, 1, 2, 2),
            new TrainingPlan.Round(5, 1, 4, 1),
            new TrainingPlan.Round(6, 2, 0, 2));
    assertThat(plan.totalExamples()).isEqualTo(40 + 40 + 16);
  }
}
