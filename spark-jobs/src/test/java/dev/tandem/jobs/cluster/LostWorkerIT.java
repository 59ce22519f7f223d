package dev.tandem.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker process that is killed in the middle of training does not stop it. */
class LostWorkerIT {
  private static final List<String> WORDS =
      List.of("list", "sort", "file", "read", "write", "parse", "date", "map", "key", "stream");
  private static final int PAIRS = 64;

  @TempDir Path directory;

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private void writeData() throws IOException {
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    Random random = new Random(4);
    StringBuilder passages = new StringBuilder();
    StringBuilder queries = new StringBuilder();
    StringBuilder qrels = new StringBuilder();
    for (int i = 0; i < PAIRS; i++) {
      String words =
          random.ints(6, 0, WORDS.size()).mapToObj(WORDS::get).collect(Collectors.joining(" "));
      passages.append("p").append(i).append('\t').append(words).append('\n');
      queries.append("q").append(i).append('\t').append(words, 0, words.indexOf(' ')).append('\n');
      qrels.append("q").append(i).append(" 0 p").append(i).append(" 1\n");
    }
    Files.writeString(directory.resolve("corpus.tsv"), passages);
    Files.writeString(directory.resolve("queries.tsv"), queries);
    Files.writeString(directory.resolve("qrels.txt"), qrels);
  }

  @Test
  void trainingGoesOnWithoutIt() throws IOException, InterruptedException {
    writeData();
    Path jar = SparkHome.packagedJar();
    SparkHome home = SparkHome.assemble(Path.of("target", "spark-home").toAbsolutePath(), jar);
    try (StandaloneCluster cluster =
            StandaloneCluster.start(home, directory.resolve("cluster"), 2, "1g");
        StandaloneCluster.Submission training =
            cluster.submit(
                "TrainJob",
                List.of(
                    "--class",
                    "dev.tandem.jobs.TrainJob",
                    "--conf",
                    "spark.executor.memory=700m",
                    "--conf",
                    "spark.driver.memory=1g",
                    jar.toString(),
                    "workspace=" + path("workspace"),
                    "experiment.name=lost-worker",
                    "model.source=" + path("model"),
                    "data.train.collection=" + path("corpus.tsv"),
                    "data.train.queries=" + path("queries.tsv"),
                    "data.train.qrels=" + path("qrels.txt"),
                    "data.passage-max-length=24",
                    "data.query-max-length=24",
                    "train.workers=2",
                    "train.batch-size=4",
                    "train.epochs=25",
                    "train.averaging.frequency=4",
                    "train.checkpoint.every-rounds=1",
                    "--json"))) {
      Path checkpoints =
          directory
              .resolve("workspace")
              .resolve("runs")
              .resolve("lost-worker")
              .resolve("checkpoints");
      awaitEntries(checkpoints, training);
      assertThat(cluster.executorsOf(1)).as("executors of the worker to kill").isNotEmpty();
      cluster.killWorker(1);
      StandaloneCluster.Outcome outcome = training.await(Duration.ofMinutes(5));

      assertThat(outcome.exitStatus()).as(outcome.messages()).isZero();
      JsonNode result = new ObjectMapper().readTree(outcome.output());
      // 64 pairs, 4 a step, 2 workers: 8 steps of each worker an epoch.
      assertThat(result.get("step").asInt()).isEqualTo(25 * 8);
      assertThat(Path.of(URI.create(result.get("checkpoint").asText())))
          .isDirectoryContaining("glob:**/model.safetensors");
    }
  }

  private static void awaitEntries(Path folder, StandaloneCluster.Submission training)
      throws IOException, InterruptedException {
    Instant limit = Instant.now().plus(Duration.ofMinutes(3));
    while (!Files.isDirectory(folder) || isEmpty(folder)) {
      if (!training.isRunning() || Instant.now().isAfter(limit)) {
        throw new IllegalStateException(
            folder + " has no checkpoint; the training says:\n" + training.messagesSoFar());
      }
      Thread.sleep(100);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }
}
