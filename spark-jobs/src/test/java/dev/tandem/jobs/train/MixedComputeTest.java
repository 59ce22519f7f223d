package dev.tandem.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.averaging.WorkerReport;
import dev.tandem.model.encoder.Compute;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.Test;

class MixedComputeTest {

  private static WorkerReport report(int worker, String host, Compute compute) {
    return new WorkerReport(
        worker,
        worker,
        BlockManagerId.apply("1", host, 7337, scala.Option.empty()),
        1,
        1,
        0,
        0,
        false,
        false,
        0,
        0,
        0,
        null,
        compute,
        null);
  }

  private static RoundOutcome round(WorkerReport... reports) {
    return new RoundOutcome(List.of(reports), 0, 0, 0, 0);
  }

  @Test
  void aWorkerThatComputesInSomethingElseIsNamedOnce() {
    MixedCompute mixed = new MixedCompute(Compute.BFLOAT16);
    RoundOutcome round =
        round(report(0, "new", Compute.BFLOAT16), report(1, "old", Compute.FLOAT32));
    assertThat(mixed.warnings(round))
        .singleElement()
        .asString()
        .contains("Worker 1 on old:7337 computes in float32, the run in bfloat16")
        .contains("model.compute=float32");
    assertThat(mixed.warnings(round)).isEmpty();
    assertThat(mixed.warnings(round(report(0, "older", Compute.FLOAT32)))).hasSize(1);
  }

  @Test
  void nothingIsSaidWhereAllComputeAsChosenOrNothingIsEncoded() {
    assertThat(new MixedCompute(Compute.FLOAT32).warnings(round(report(0, "a", Compute.FLOAT32))))
        .isEmpty();
    assertThat(new MixedCompute(null).warnings(round(report(0, "a", null)))).isEmpty();
  }
}
