package dev.tandem.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.train.averaging.AveragingSettings;
import dev.tandem.jobs.train.averaging.UpdaterState;
import dev.tandem.jobs.train.averaging.Wire;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.loss.Relevance;
import dev.tandem.model.queue.QueueSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;

class TrainingRunTest {
  private static final String MEASURE = "ndcg_cut_10";
  private static JavaSparkContext spark;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    spark = TinyTraining.spark(1, 1);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** 10 steps an epoch in rounds of 2, two epochs; a checkpoint every 3 rounds. */
  private static TrainingSettings settings(boolean resume, int batchSize) {
    return settings(
        resume,
        batchSize,
        TrainingPlan.of(40, 1, batchSize, 1, 2, 2, null),
        AveragingSettings.DEFAULT);
  }

  private static TrainingSettings settings(
      boolean resume, int batchSize, TrainingPlan plan, AveragingSettings averaging) {
    return new TrainingSettings(
        plan,
        new WorkerSettings(
            1, QueueSettings.ofPairs(10), TinyTraining.SIZE, Relevance.MASKED, averaging),
        5,
        0,
        true,
        2,
        MEASURE,
        3,
        2,
        resume,
        Map.of("seed", 5, "train.batch-size", batchSize));
  }

  private TrainingSummary train(
      String name, TrainingSettings settings, ComputationGraph network, Validation validation)
      throws IOException {
    return new TrainingRun(
            spark,
            network,
            settings,
            spark.parallelize(TinyTraining.examples(40), 3),
            Optional.ofNullable(validation),
            (graph, step, measures, path) -> {
              try (OutputStream out =
                  path.getFileSystem(spark.hadoopConfiguration())
                      .create(new org.apache.hadoop.fs.Path(path, "step"))) {
                out.write(Integer.toString(step).getBytes(java.nio.charset.StandardCharsets.UTF_8));
              }
            },
            new org.apache.hadoop.fs.Path(directory.resolve(name).toUri()),
            ProgressReporter.none())
        .run();
  }

  private static ComputationGraph network() {
    return TinyTraining.network(new Adam(0.05), QueueSettings.ofPairs(10));
  }

  /** A value for parameters that goes up and down over the steps. */
  private static Map<String, Double> measures(int step) {
    return Map.of(MEASURE, step == 8 ? 0.9 : 0.5 - step / 100.0);
  }

  @Test
  void aResumedRunEndsWithTheSameParameters() throws IOException {
    ComputationGraph whole = network();
    train("whole", settings(false, 4), whole, (network, step) -> measures(step));

    // The third validation, after step 12, fails when there is a checkpoint of step 6 and 12 is
    // not yet there; the queue of step 6 is needed to go on.
    ComputationGraph stopped = network();
    assertThatThrownBy(
            () ->
                train(
                    "stopped",
                    settings(false, 4),
                    stopped,
                    (network, step) -> {
                      if (step == 12) {
                        throw new IOException("power cut");
                      }
                      return measures(step);
                    }))
        .hasMessage("power cut");
    assertThat(directory.resolve("stopped/checkpoints"))
        .isDirectoryContaining("glob:**/step-00000006");
    assertThat(directory.resolve("stopped/checkpoints/step-00000012")).doesNotExist();

    ComputationGraph resumed = network();
    List<Integer> validated = new ArrayList<>();
    TrainingSummary summary =
        train(
            "stopped",
            settings(true, 4),
            resumed,
            (network, step) -> {
              validated.add(step);
              return measures(step);
            });
    assertThat(resumed.params()).isEqualTo(whole.params());
    assertThat(resumed.params().distance2(whole.params())).isZero();
    assertThat(
            resumed
                .getUpdater()
                .getStateViewArray()
                .distance2(whole.getUpdater().getStateViewArray()))
        .isZero();
    assertThat(stopped.params().distance2(whole.params())).isGreaterThan(0.01);
    assertThat(validated).containsExactly(8, 12, 16, 20);
    assertThat(summary.before()).isEqualTo(measures(0));
    assertThat(summary.step()).isEqualTo(8);
    assertThat(summary.pairs()).isEqualTo(80);
    assertThat(roundsOf("stopped")).isEqualTo(roundsOf("whole")).hasSize(10);
  }

  @Test
  void workersThatKeepTheirUpdaterStatesAreResumedWithTheSameParameters() throws IOException {
    TrainingPlan plan = TrainingPlan.of(40, 2, 2, 1, 2, 2, null);
    AveragingSettings averaging = new AveragingSettings(UpdaterState.LOCAL, Wire.BFLOAT16);
    ComputationGraph whole = network();
    train("whole", settings(false, 2, plan, averaging), whole, (network, step) -> measures(step));
    assertThatThrownBy(
            () ->
                train(
                    "stopped",
                    settings(false, 2, plan, averaging),
                    network(),
                    (network, step) -> {
                      if (step == 12) {
                        throw new IOException("power cut");
                      }
                      return measures(step);
                    }))
        .hasMessage("power cut");
    ComputationGraph resumed = network();
    train(
        "stopped", settings(true, 2, plan, averaging), resumed, (network, step) -> measures(step));
    assertThat(resumed.params().distance2(whole.params())).isZero();
    assertThat(
            resumed
                .getUpdater()
                .getStateViewArray()
                .distance2(whole.getUpdater().getStateViewArray()))
        .isZero();
  }

  private List<Integer> roundsOf(String run) throws IOException {
    List<Integer> rounds = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(run).resolve("training.jsonl"))) {
      JsonNode event = new ObjectMapper().readTree(line);
      if (event.get("event").asText().equals("round")) {
        assertThat(event.get("loss").asDouble()).isPositive();
        assertThat(event.get("learning-rate").asDouble()).isEqualTo(0.05);
        rounds.add(event.get("step").asInt());
      }
    }
    return rounds;
  }

  @Test
  void theBestModelIsKeptAndAFinishedRunIsNotRepeated() throws IOException {
    TrainingSummary summary =
        train("run", settings(false, 4), network(), (network, step) -> measures(step));
    assertThat(summary.measures()).isEqualTo(measures(8));
    assertThat(summary.steps()).isEqualTo(20);
    assertThat(directory.resolve("run/model/step")).hasContent("8");
    assertThat(directory.resolve("run/manifest.json")).exists();
    try (var checkpoints = Files.list(directory.resolve("run/checkpoints"))) {
      assertThat(checkpoints.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("step-00000018", "step-00000020");
    }
    TrainingSummary again =
        train(
            "run",
            settings(false, 4),
            network(),
            (network, step) -> {
              throw new IOException("is not validated again");
            });
    assertThat(again).isEqualTo(summary);
  }

  @Test
  void anUnfinishedRunIsNotOverwritten() throws IOException {
    Files.createDirectories(directory.resolve("run/checkpoints"));
    assertThatThrownBy(() -> train("run", settings(false, 4), network(), null))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("train.resume=true")
        .hasMessageContaining("experiment.name")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
  }

  /** A second process resumes the run while the first is at work: the last to begin goes on. */
  @Test
  void aRunThatAnotherProcessHasTakenOverStops() throws IOException {
    AtomicBoolean resumed = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                train(
                    "run",
                    settings(false, 4),
                    network(),
                    (first, step) -> {
                      if (step == 8 && !resumed.getAndSet(true)) {
                        train("run", settings(true, 4), network(), (second, at) -> measures(at));
                      }
                      return measures(step);
                    }))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("Another process has begun to train the run")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    assertThat(resumed).isTrue();
    assertThat(directory.resolve("run/manifest.json")).exists();
    assertThat(directory.resolve("run/model/step")).hasContent("8");
  }

  @Test
  void aRunWithOtherSettingsIsNotResumed() throws IOException {
    train("run", settings(false, 4), network(), null);
    assertThatThrownBy(() -> train("run", settings(true, 8), network(), null))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("train.batch-size was 4 and is 8")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    Files.delete(directory.resolve("run/manifest.json"));
    assertThatThrownBy(() -> train("run", settings(true, 8), network(), null))
        .hasMessageContaining("train.batch-size was 4 and is 8");
  }

  @Test
  void withoutValidationTheLastParametersAreTheModel() throws IOException {
    TrainingSummary summary = train("run", settings(false, 4), network(), null);
    assertThat(summary.measures()).isEmpty();
    assertThat(summary.step()).isEqualTo(20);
    assertThat(directory.resolve("run/model/step")).hasContent("20");
  }

  @Test
  void anUnknownMeasureIsTold() {
    assertThatThrownBy(
            () ->
                train("run", settings(false, 4), network(), (network, step) -> Map.of("map", 1.0)))
        .hasMessageContaining("train.validation.measure=" + MEASURE)
        .hasMessageContaining("map");
  }
}
