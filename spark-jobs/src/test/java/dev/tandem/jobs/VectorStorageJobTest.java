package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
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
import picocli.CommandLine;

/** Vectors stored with less than float32, from encode to retrieve, and those of older versions. */
class VectorStorageJobTest {
  private static final List<String> WORDS = List.of("list", "sort", "file", "read", "map", "key");
  private static final Path OLD = Path.of("src/test/resources/dev/tandem/jobs/retrieval/format-1");

  /** A job of any kind. */
  @FunctionalInterface
  private interface Command {
    JobResult run(JobContext context) throws IOException;
  }

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("VectorStorageJobTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    write("corpus.tsv", "p", 0, 400);
    write("queries.tsv", "q", 1000, 20);
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static void write(String file, String prefix, int seed, int count) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Random random = new Random(seed + i);
      lines.add(
          prefix
              + i
              + "\t"
              + random
                  .ints(4 + random.nextInt(12), 0, WORDS.size())
                  .mapToObj(WORDS::get)
                  .collect(Collectors.joining(" ")));
    }
    Files.write(directory.resolve(file), lines);
  }

  private static Path path(String name) {
    return directory.resolve(name);
  }

  private static JobResult run(Command job, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    if (Stream.of(overrides).noneMatch(o -> o.startsWith("retrieve.depth="))) {
      all.add("retrieve.depth=50");
    }
    if (Stream.of(overrides).noneMatch(o -> o.startsWith("model.source="))) {
      all.add("model.source=" + path("model"));
    }
    LoadedConfig loaded =
        new ConfigLoader(new Configuration()).load(new ConfigSources(List.of(), all));
    assertThat(loaded.problems().list()).isEmpty();
    return job.run(JobContext.around(spark, loaded.config(), ProgressReporter.none()));
  }

  private static JobResult encode(String corpus, String output, String storage) throws IOException {
    return run(
        new EncodeJob()::run,
        "data.collection=" + path(corpus),
        "encode.output=" + path(output),
        "encode.storage=" + storage);
  }

  private static List<String> retrieve(String output, String... from) throws IOException {
    List<String> all = new ArrayList<>(List.of(from));
    all.add("data.queries=" + path("queries.tsv"));
    all.add("retrieve.output=" + path(output));
    run(new RetrieveJob()::run, all.toArray(new String[0]));
    return Files.readAllLines(path(output).resolve("run.trec"));
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> file.getFileName().toString().endsWith(ending)).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({"float16,.f16,32", "int8,.i8,20"})
  void everySearchSeesTheVectorsAsTheyAreStored(String storage, String ending, long bytes)
      throws IOException {
    JobResult encoded = encode("corpus.tsv", storage, storage);
    assertThat(encoded.json()).containsEntry("storage", storage).containsEntry("passages", 400L);
    List<Path> parts = files(path(storage), ending);
    long written = 0;
    for (Path part : parts) {
      written += Files.size(part);
    }
    assertThat(written).isEqualTo(400 * bytes);

    List<String> exact = retrieve(storage + "-exact", "retrieve.vectors=" + path(storage));
    encode("corpus.tsv", "float32", "float32");
    assertThat(exact).isNotEqualTo(retrieve("of-float32", "retrieve.vectors=" + path("float32")));
    for (String type : List.of("flat", "hnsw")) {
      String name = storage + "-" + type;
      run(
          new IndexJob()::run,
          "index.name=" + name,
          "index.type=" + type,
          "index.vectors=" + path(storage),
          "index.minimum-recall=0.5");
      List<String> found = retrieve(name, "retrieve.index=" + name);
      if (type.equals("flat")) {
        assertThat(found).isEqualTo(exact);
      } else {
        // A graph may miss passages; those it finds have the exact score.
        List<String> all =
            retrieve("all", "retrieve.vectors=" + path(storage), "retrieve.depth=400");
        assertThat(withoutRank(all)).containsAll(withoutRank(found));
      }
      // One shard of all parts, whose rows are not rounded again.
      Path shard = files(path("workspace/index/" + name), ending).get(0);
      assertThat(Files.readAllBytes(shard)).isEqualTo(joined(parts, (int) bytes));
    }
  }

  private static List<String> withoutRank(List<String> run) {
    return run.stream().map(line -> line.replaceFirst(" Q0 (\\S+) \\d+ ", " $1 ")).toList();
  }

  /** The parts' rows, and behind them the parts' scales where they have some. */
  private static byte[] joined(List<Path> parts, int bytesOfVector) throws IOException {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    ByteArrayOutputStream scales = new ByteArrayOutputStream();
    for (Path part : parts) {
      byte[] file = Files.readAllBytes(part);
      int scaled = bytesOfVector == 20 ? file.length / 20 * 16 : file.length;
      rows.write(file, 0, scaled);
      scales.write(file, scaled, file.length - scaled);
    }
    scales.writeTo(rows);
    return rows.toByteArray();
  }

  @Test
  void anotherStorageIsAnotherArtifact() throws IOException {
    encode("corpus.tsv", "taken", "float16");
    assertThat(files(path("taken"), ".f16")).isNotEmpty();
    assertThat(encode("corpus.tsv", "taken", "int8").json()).containsEntry("storage", "int8");
    assertThat(files(path("taken"), ".f16")).isEmpty();
    assertThat(files(path("taken"), ".i8")).isNotEmpty();
  }

  @Test
  void reindexKeepsTheStorageAndRefusesToMixItWithAnother() throws IOException {
    write("grown.tsv", "p", 0, 430);
    String[] settings = {"index.name=nightly", "encode.storage=int8"};
    run(new ReindexJob()::run, settings[0], settings[1], "data.collection=" + path("corpus.tsv"));
    JobResult grown =
        run(
            new ReindexJob()::run,
            settings[0],
            settings[1],
            "data.collection=" + path("grown.tsv"));
    assertThat(grown.json()).containsEntry("encoded", 30L).containsEntry("unchanged", 400L);
    encode("grown.tsv", "grown", "int8");
    assertThat(retrieve("nightly", "retrieve.index=nightly"))
        .isEqualTo(retrieve("at-once", "retrieve.vectors=" + path("grown")));

    for (String other : List.of("float16", "float32")) {
      assertThatThrownBy(
              () ->
                  run(
                      new ReindexJob()::run,
                      settings[0],
                      "encode.storage=" + other,
                      "data.collection=" + path("corpus.tsv")))
          .isInstanceOf(TandemException.class)
          .hasMessageContaining("storage int8, now " + other)
          .hasMessageContaining("--full");
    }
    ReindexJob full = new ReindexJob();
    new CommandLine(full).parseArgs("--full");
    assertThat(run(full::run, settings[0], "data.collection=" + path("corpus.tsv")).json())
        .containsEntry("encoded", 400L);
    assertThatThrownBy(
            () ->
                run(
                    new ReindexJob()::run,
                    settings[0],
                    settings[1],
                    "data.collection=" + path("grown.tsv")))
        .hasMessageContaining("storage float32, now int8");
  }

  @Test
  void vectorsTooLargeForTheStorageAreAUserErrorThatNamesThePassage() throws IOException {
    TinyModelDirectory.write(path("huge"), 1, WORDS, 1e6);
    assertThatThrownBy(
            () ->
                run(
                    new EncodeJob()::run,
                    "model.source=" + path("huge"),
                    "model.normalize=false",
                    "data.collection=" + path("corpus.tsv"),
                    "encode.output=" + path("too-large"),
                    "encode.storage=float16"))
        .rootCause()
        .hasMessageContaining("vector of passage 'p")
        .hasMessageContaining("float16 reaches to 65504");
    assertThat(path("too-large")).doesNotExist();
  }

  @Test
  void vectorsAndIndexesOfBeforeThereWasAChoiceAreSearchedAsFloat32() throws IOException {
    copy(OLD.resolve("vectors"), path("old"));
    copy(OLD.resolve("index"), path("workspace/index/old"));
    run(
        new EncodeJob()::run,
        "data.collection=" + OLD.resolve("corpus.tsv").toAbsolutePath(),
        "encode.output=" + path("new"));
    List<String> expected = retrieve("of-new", "retrieve.vectors=" + path("new"));
    assertThat(expected).hasSize(20 * 8);
    assertThat(retrieve("of-old", "retrieve.vectors=" + path("old"))).isEqualTo(expected);
    assertThat(retrieve("of-old-index", "retrieve.index=old")).isEqualTo(expected);
    JobResult again =
        run(
            new ReindexJob()::run,
            "index.name=old",
            "index.type=hnsw",
            "data.collection=" + OLD.resolve("corpus.tsv").toAbsolutePath());
    assertThat(again.json()).containsEntry("unchanged", 8L).containsEntry("encoded", 0L);
  }

  @Test
  void anUnknownStorageIsRefusedByName() throws IOException {
    encode("corpus.tsv", "later", "float16");
    Path description = files(path("later"), "part-00000.json").get(0);
    String json = Files.readString(description);
    assertThat(json).contains("\"storage\":\"float16\"");
    Files.deleteIfExists(description.resolveSibling(".part-00000.json.crc"));
    Files.writeString(description, json.replace("\"float16\"", "\"float99\""));
    assertThatThrownBy(() -> retrieve("unread", "retrieve.vectors=" + path("later")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("part-00000.json says that its vectors are stored as 'float99'")
        .hasMessageContaining("this version of Tandem does not know");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path target = to.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
