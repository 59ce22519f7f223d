package dev.tandem.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar that a build packages, submitted to a standalone master with two workers, every one a
 * process of its own.
 */
class StandaloneClusterIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @TempDir static Path directory;
  private static Path jar;
  private static StandaloneCluster cluster;

  @BeforeAll
  static void startCluster() throws IOException, InterruptedException {
    jar = SparkHome.packagedJar();
    SparkHome home = SparkHome.assemble(Path.of("target", "spark-home").toAbsolutePath(), jar);
    cluster = StandaloneCluster.start(home, directory.resolve("cluster"), 2, "1g");
    Files.writeString(
        directory.resolve("corpus.tsv"),
        """
        http\tSends an HTTP request and returns the body of the response.
        sort\tSorts the elements of a list in ascending order.
        date\tParses a date in ISO 8601 format.
        gzip\tCompresses a stream of bytes with gzip.
        file\tDeletes a directory and everything in it.
        matrix\tMultiplies two matrices.
        """);
    Files.writeString(
        directory.resolve("queries.tsv"),
        """
        q1\torder a collection from smallest to largest
        q2\tremove a folder recursively
        q3\tfetch a web page
        """);
    Files.writeString(
        directory.resolve("qrels.tsv"),
        """
        q1 0 sort 1
        q2 0 file 1
        q3 0 http 1
        """);
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static StandaloneCluster.Outcome run(String job, String... arguments)
      throws IOException, InterruptedException {
    List<String> words =
        Stream.concat(
                Stream.of(
                    "--class",
                    "dev.tandem.jobs." + job,
                    "--conf",
                    "spark.executor.memory=700m",
                    "--conf",
                    "spark.driver.memory=1g",
                    jar.toString(),
                    "workspace=" + directory.resolve("workspace")),
                Stream.of(arguments))
            .toList();
    try (StandaloneCluster.Submission submission = cluster.submit(job, words)) {
      return submission.await(LIMIT);
    }
  }

  @Test
  void validatesAModelOnTwoWorkers() throws IOException, InterruptedException {
    StandaloneCluster.Outcome outcome =
        run(
            "ValidateJob",
            "data.collection=" + directory.resolve("corpus.tsv"),
            "data.queries=" + directory.resolve("queries.tsv"),
            "data.qrels=" + directory.resolve("qrels.tsv"),
            "retrieve.output=" + directory.resolve("validated"),
            "--json");
    assertThat(outcome.exitStatus()).as(outcome.messages()).isZero();
    JsonNode result = new ObjectMapper().readTree(outcome.output());
    assertThat(result.get("measures").get("recip_rank").asDouble()).isEqualTo(1.0);
    assertThat(result.get("queries").asInt()).isEqualTo(3);
    assertThat(directory.resolve("validated").resolve("run.trec"))
        .content()
        .contains("q1 Q0 sort 1 ")
        .hasLineCount(3 * 6);
    assertThat(directory.resolve("validated").resolve("metrics.json")).isRegularFile();
  }

  @Test
  void endsWithStatus4WhereVectorsAreMissing() throws IOException, InterruptedException {
    StandaloneCluster.Outcome outcome =
        run(
            "RetrieveJob",
            "data.queries=" + directory.resolve("queries.tsv"),
            "retrieve.vectors=" + directory.resolve("nothing"));
    assertThat(outcome.exitStatus()).as(outcome.messages()).isEqualTo(4);
    assertThat(outcome.messages()).contains("nothing does not exist").doesNotContain("\tat ");
  }

  @Test
  void trainsWithUpdaterStatesThatStayWithTheWorkers() throws IOException, InterruptedException {
    TinyModelDirectory.write(directory.resolve("tiny"), 1, List.of("sort", "file", "http", "list"));
    StandaloneCluster.Outcome outcome =
        run(
            "TrainJob",
            "experiment.name=kept-states",
            "model.source=" + directory.resolve("tiny"),
            "data.train.collection=" + directory.resolve("corpus.tsv"),
            "data.train.queries=" + directory.resolve("queries.tsv"),
            "data.train.qrels=" + directory.resolve("qrels.tsv"),
            "data.query-max-length=16",
            "data.passage-max-length=16",
            "train.workers=2",
            "train.batch-size=2",
            "train.epochs=6",
            "train.averaging.frequency=1",
            "train.averaging.updater-state=local",
            "train.averaging.wire=bfloat16",
            "train.checkpoint.every-rounds=4",
            "--json");
    assertThat(outcome.exitStatus()).as(outcome.messages()).isZero();
    // Each epoch is a round, and in each the workers are where they were
    assertThat(new ObjectMapper().readTree(outcome.output()).get("step").asInt()).isEqualTo(6);
    assertThat(outcome.messages())
        .doesNotContain("updater state of the last averaging")
        .doesNotContain("empty negative queue")
        .doesNotContain("does not exist");
    Path log =
        directory
            .resolve("workspace")
            .resolve("runs")
            .resolve("kept-states")
            .resolve("training.jsonl");
    assertThat(Files.readAllLines(log)).filteredOn(l -> l.contains("\"round\"")).hasSize(6);
  }
}
