package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.train.TinyTraining;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The mean of results, of as many blocks as several threads of the driver read. */
abstract class TransportContract {
  private static final int LENGTH = 9 << 20;
  private static JavaSparkContext spark;

  abstract Transport transport();

  @BeforeAll
  static void start() {
    spark = TinyTraining.spark(2, 1);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private Transport.Exchange open(INDArray parameters) {
    RoundState round =
        new RoundState(
            UUID.randomUUID().toString(),
            0,
            new TrainingPlan.Round(0, 0, 0, 1),
            new byte[0],
            0,
            new AveragingSettings(UpdaterState.AVERAGE, Wire.FLOAT32),
            true,
            false,
            Set.of(),
            Map.of(),
            false);
    return transport().open(spark, round, parameters, null);
  }

  private static WorkerReport report(int worker, long task) {
    return new WorkerReport(
        worker, task, Blocks.here(), 1, 1, 0, 0, false, false, 0, 0, 0, null, null, null);
  }

  @Test
  void theMeanIsThatOfAllNumbers() throws IOException {
    INDArray one = Nd4j.rand(DataType.FLOAT, LENGTH);
    INDArray two = Nd4j.rand(DataType.FLOAT, LENGTH);
    INDArray mean = Nd4j.rand(DataType.FLOAT, LENGTH);
    try (Transport.Exchange exchange = open(one)) {
      exchange.leave(71, one, null);
      exchange.leave(72, two, null);
      exchange.mean(mean, null, List.of(report(0, 71), report(1, 72)));
    }
    assertThat(mean.distance2(one.add(two).divi(2))).isZero();
  }

  @Test
  void aResultThatIsGoneIsNamed() throws IOException {
    INDArray one = Nd4j.rand(DataType.FLOAT, LENGTH);
    try (Transport.Exchange exchange = open(one)) {
      exchange.leave(71, one, null);
      assertThatThrownBy(
              () -> exchange.mean(one.dup(), null, List.of(report(0, 71), report(1, 99))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("99");
    }
  }
}
