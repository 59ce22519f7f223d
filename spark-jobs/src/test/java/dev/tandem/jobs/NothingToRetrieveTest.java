package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retrieval for nothing, or with nothing to measure by, is told as bad data. */
class NothingToRetrieveTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("NothingToRetrieveTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, List.of("list", "sort"));
    Files.writeString(directory.resolve("corpus.tsv"), "p1\tlist sort\np2\tsort\n");
    Files.writeString(directory.resolve("queries.tsv"), "q1\tlist\n");
    Files.writeString(directory.resolve("empty.tsv"), "");
    // Of another split: none of its queries is there.
    Files.writeString(directory.resolve("other-qrels.txt"), "x1 0 p1 1\nx2 0 p2 1\n");
    encode("corpus.tsv", "vectors");
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  private static JobContext context(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("model.source=" + path("model"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    all.add("data.on-bad-record=skip");
    TandemConfig config = new ConfigLoader(HADOOP).load(new ConfigSources(List.of(), all)).config();
    return JobContext.around(spark, config, ProgressReporter.none());
  }

  private static void encode(String collection, String vectors) throws IOException {
    new EncodeJob()
        .run(context("data.collection=" + path(collection), "encode.output=" + path(vectors)));
  }

  private static void validate(String qrels) throws IOException {
    new ValidateJob()
        .run(
            context(
                "data.validation.collection=" + path("corpus.tsv"),
                "data.validation.queries=" + path("queries.tsv"),
                "data.validation.qrels=" + path(qrels),
                "retrieve.output=" + path("validated")));
  }

  private static void retrieve(String... data) throws IOException {
    List<String> overrides = new ArrayList<>(List.of(data));
    overrides.add("retrieve.vectors=" + path("vectors"));
    overrides.add("retrieve.output=" + path("retrieved"));
    new RetrieveJob().run(context(overrides.toArray(String[]::new)));
  }

  private static void assertBadData(ThrowingCallable command, String... message) {
    assertThatThrownBy(command)
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(TandemException.Kind.BAD_DATA);
              assertThat(e.getMessage()).contains(message);
            });
  }

  @Test
  void judgementsOfOtherQueriesOnly() {
    assertBadData(
        () -> validate("other-qrels.txt"),
        "data.validation.qrels",
        "data.validation.queries",
        "unknown query id=2");
    assertBadData(
        () ->
            retrieve(
                "data.queries=" + path("queries.tsv"), "data.qrels=" + path("other-qrels.txt")),
        "data.qrels",
        "data.queries",
        "unknown query id=2");
  }

  @Test
  void noJudgements() {
    assertBadData(() -> validate("empty.tsv"), "data.validation.qrels");
    assertBadData(
        () -> retrieve("data.queries=" + path("queries.tsv"), "data.qrels=" + path("empty.tsv")),
        "data.qrels");
  }

  @Test
  void noQueries() {
    assertBadData(
        () -> retrieve("data.queries=" + path("empty.tsv")),
        "no query to retrieve for",
        "data.queries");
  }

  @Test
  void noPassages() {
    assertBadData(() -> encode("empty.tsv", "nothing"), "data.collection has no passages");
  }
}
