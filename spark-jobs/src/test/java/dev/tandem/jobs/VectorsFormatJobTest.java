package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which format version vectors and indexes are written in, and what is read. */
class VectorsFormatJobTest {
  private static final List<String> WORDS = List.of("list", "sort", "file", "read", "map", "key");

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  /** A job of any kind. */
  @FunctionalInterface
  private interface Command {
    JobResult run(JobContext context) throws IOException;
  }

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[1]")
                .setAppName("VectorsFormatJobTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    List<String> corpus = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      corpus.add("p" + i + "\tread " + "list file map ".repeat(1 + i % 5) + "\t{\"lang\": \"en\"}");
    }
    Files.write(path("corpus.tsv"), corpus);
    Files.writeString(path("queries.tsv"), "q1\tread a file\n");
    encode("plain");
    index("plain", "index.vectors=" + path("plain"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static Path path(String name) {
    return directory.resolve(name);
  }

  private static JobResult run(Command job, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("model.source=" + path("model"));
    all.add("data.collection=" + path("corpus.tsv"));
    all.add("data.queries=" + path("queries.tsv"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    LoadedConfig loaded =
        new ConfigLoader(new Configuration()).load(new ConfigSources(List.of(), all));
    assertThat(loaded.problems().list()).isEmpty();
    return job.run(JobContext.around(spark, loaded.config(), ProgressReporter.none()));
  }

  private static String[] with(String first, String... more) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new);
  }

  private static void encode(String output, String... settings) throws IOException {
    run(new EncodeJob()::run, with("encode.output=" + path(output), settings));
  }

  private static void index(String name, String... settings) throws IOException {
    run(new IndexJob()::run, with("index.name=" + name, settings));
  }

  private static void retrieve(String from) throws IOException {
    run(new RetrieveJob()::run, from, "retrieve.output=" + path("retrieved"));
  }

  private static Path versionManifest(String index) throws IOException {
    try (Stream<Path> all = Files.walk(path("workspace/index/" + index))) {
      return all.filter(file -> file.endsWith("manifest.json")).sorted().findFirst().orElseThrow();
    }
  }

  private static int version(Path manifest) throws IOException {
    return new ObjectMapper().readTree(manifest.toFile()).get("format-version").intValue();
  }

  private static void edit(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void whatOlderVersionsKnowIsWrittenForThem() throws IOException {
    Path manifest = path("plain/manifest.json");
    assertThat(version(manifest)).isEqualTo(1);
    assertThat(version(versionManifest("plain"))).isEqualTo(1);
    run(new ReindexJob()::run, "index.name=nightly", "data.collection=" + path("corpus.tsv"));
    assertThat(version(versionManifest("nightly"))).isEqualTo(1);

    byte[] before = Files.readAllBytes(manifest);
    encode("plain", "encode.storage=float32");
    assertThat(manifest).hasBinaryContent(before);
  }

  @ParameterizedTest
  @CsvSource({
    "stored, encode.storage=float16",
    "metadata, data.metadata-fields=[lang]",
    "windows, encode.window.length=8",
  })
  void whatIsNewIsWrittenAsVersionTwoAndReused(String name, String setting) throws IOException {
    encode(name, setting);
    Path manifest = path(name).resolve("manifest.json");
    assertThat(version(manifest)).isEqualTo(2);
    byte[] before = Files.readAllBytes(manifest);
    encode(name, setting);
    assertThat(manifest).hasBinaryContent(before);

    index(name, "index.vectors=" + path(name));
    assertThat(version(versionManifest(name))).isEqualTo(2);
    retrieve("retrieve.index=" + name);
    run(new ReindexJob()::run, "index.name=again-" + name, setting);
    assertThat(version(versionManifest("again-" + name))).isEqualTo(2);
  }

  @Test
  void whatWasWrittenAsVersionOneBeforeThereWasAVersionTwoIsRead() throws IOException {
    encode("early", "encode.storage=int8", "data.metadata-fields=[lang]");
    index("early", "index.vectors=" + path("early"));
    edit(path("early/manifest.json"), "\"format-version\" : 2", "\"format-version\" : 1");
    edit(versionManifest("early"), "\"format-version\" : 2", "\"format-version\" : 1");
    for (String from : List.of("retrieve.vectors=" + path("early"), "retrieve.index=early")) {
      JobResult found =
          run(
              new RetrieveJob()::run,
              from,
              "retrieve.output=" + path("retrieved"),
              "retrieve.filter=[\"lang=en\"]");
      assertThat(found.json()).containsEntry("passing", 30L);
    }
  }

  @Test
  void anUnknownVersionIsRefusedWithWhatToDo() throws IOException {
    encode("later");
    index("later", "index.vectors=" + path("later"));
    edit(path("later/manifest.json"), "\"format-version\" : 1", "\"format-version\" : 3");
    edit(versionManifest("later"), "\"format-version\" : 1", "\"format-version\" : 3");
    assertThatThrownBy(() -> retrieve("retrieve.vectors=" + path("later")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("has unknown version 3 of vectors, this Tandem reads up to 2")
        .hasMessageContaining("use that version or a newer one");
    assertThatThrownBy(() -> retrieve("retrieve.index=later"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("unknown format version 3, this Tandem reads up to 2")
        .hasMessageContaining("use the Tandem that wrote it or a newer one");
  }

  @Test
  void anUnknownFieldOfADescriptionIsRefusedByName() throws IOException {
    encode("unknown");
    edit(path("unknown/part-00000.json"), "\"rows\":", "\"rotated\":[1],\"rows\":");
    // Of another length now.
    Path manifest = path("unknown/manifest.json");
    long bytes = Files.size(path("unknown/part-00000.json"));
    edit(manifest, "\"bytes\" : " + (bytes - 14), "\"bytes\" : " + bytes);
    assertThatThrownBy(() -> retrieve("retrieve.vectors=" + path("unknown")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("part-00000.json has a field 'rotated'")
        .hasMessageContaining("this version of Tandem does not know");
  }
}
