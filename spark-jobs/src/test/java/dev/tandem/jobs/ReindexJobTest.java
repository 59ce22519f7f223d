package dev.tandem.jobs;

import static dev.tandem.jobs.ReindexRuns.assertCounts;
import static dev.tandem.jobs.ReindexRuns.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command reindex: what it encodes, what it publishes, and what it refuses. */
class ReindexJobTest {
  @TempDir static Path directory;
  private static JavaSparkContext spark;
  private static ReindexRuns runs;
  private static Map<String, String> first;
  private static Map<String, String> second;

  @BeforeAll
  static void prepare() throws IOException {
    spark = ReindexRuns.spark(2);
    runs = new ReindexRuns(spark, directory, "index.shard-vectors=300", "index.audit-queries=20");
    first = texts("p", 0, 700, new Random(3));
    // 50 gone, 40 with another text, 60 new
    second = new TreeMap<>(first);
    first.keySet().stream().limit(50).forEach(second::remove);
    List<String> left = new ArrayList<>(second.keySet());
    texts("c", 0, 40, new Random(5))
        .forEach((id, text) -> second.put(left.get(3 * Integer.parseInt(id.substring(1))), text));
    second.putAll(texts("n", 0, 60, new Random(6)));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  @Test
  void onlyNewAndChangedPassagesAreEncodedAndTheResultIsThatOfAFullBuild() throws IOException {
    assertCounts(runs.reindex("flat", first), 0, 700, 0, 0);
    JobResult result = runs.reindex("flat", second);
    assertCounts(result, 610, 60, 40, 50);
    assertThat(result.json()).containsEntry("published", true);
    try (LeasedVersion version = runs.catalogue("flat").read()) {
      assertThat(version.version().name()).isEqualTo(result.json().get("version"));
      assertThat(version.version().manifest().facts().count("passages")).isEqualTo(710);
      version.version().verifyChecksums(FileSystem.getLocal(ReindexRuns.HADOOP));
    }
    runs.reindex("flat-full", second);
    runs.assertSameScores("flat", "flat-full");
    assertThat(directory.resolve("workspace/index/.reindex/flat")).doesNotExist();
  }

  @Test
  void withNothingToDoNothingIsWritten() throws IOException {
    JobResult built = runs.reindex("same", first);
    List<Path> before = files("workspace/index/same");
    JobResult again = runs.reindex("same", first);
    assertThat(again.json())
        .containsEntry("published", false)
        .containsEntry("version", built.json().get("version"));
    assertCounts(again, 700, 0, 0, 0);
    assertThat(files("workspace/index/same"))
        .filteredOn(file -> !file.toString().contains("leases"))
        .containsExactlyElementsOf(
            before.stream().filter(file -> !file.toString().contains("leases")).toList());
  }

  private static List<Path> files(String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(name))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void anIndexBuiltFromVectorShardsIsContinued() throws IOException {
    runs.write("shards.tsv", first);
    new EncodeJob()
        .run(
            runs.context(
                "model.source=" + runs.path("model"),
                "data.collection=" + runs.path("shards.tsv"),
                "encode.output=" + runs.path("shards")));
    new IndexJob()
        .run(
            runs.context(
                "index.name=shards",
                "index.vectors=" + runs.path("shards"),
                "index.shard-vectors=300"));
    assertThat(runs.reindex("shards", first).json()).containsEntry("published", false);
    assertCounts(runs.reindex("shards", second), 610, 60, 40, 50);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "0"})
  void graphsKeepDeletedRowsUpToAShareAndNeverFindThem(String share) throws IOException {
    String name = "hnsw" + share.length();
    runs.reindex(name, first, "index.type=hnsw");
    JobResult result =
        runs.reindex(name, second, "index.type=hnsw", "reindex.maximum-deleted=" + share);
    assertCounts(result, 610, 60, 40, 50);
    Map<?, ?> shards = (Map<?, ?>) result.json().get("shards");
    assertThat((Integer) shards.get("copied") > 0).isEqualTo(share.equals("0.5"));
    Map<String, Double> found = runs.scores(name);
    assertThat(found.keySet()).allSatisfy(hit -> assertThat(second).containsKey(hit.split(" ")[1]));
    // At this depth a graph finds nearly everything, each passage with its exact score.
    runs.reindex(name + "-exact", second);
    Map<String, Double> exact = runs.scores(name + "-exact");
    assertThat(found.size()).isGreaterThan((int) (0.97 * exact.size()));
    found.forEach((hit, score) -> assertThat(score).isCloseTo(exact.get(hit), within(1e-5)));
    // And once more on top of a version that has deleted rows.
    assertCounts(runs.reindex(name, first, "index.type=hnsw"), 610, 50, 40, 60);
    assertThat(runs.scores(name).keySet())
        .allSatisfy(hit -> assertThat(first).containsKey(hit.split(" ")[1]));
  }

  /** The collection with metadata in its third column. */
  private static Map<String, String> with(Map<String, String> texts, Map<String, String> langs) {
    Map<String, String> rows = new TreeMap<>(texts);
    langs.forEach((id, lang) -> rows.merge(id, "\t{\"lang\": \"" + lang + "\"}", String::concat));
    return rows;
  }

  /** Passages that pass a filter, as the index has it. */
  private static Set<String> found(String index, String condition) throws IOException {
    new RetrieveJob()
        .run(
            runs.context(
                "model.source=" + runs.path("model"),
                "data.queries=" + runs.path("queries.tsv"),
                "retrieve.index=" + index,
                "retrieve.filter=[\"" + condition + "\"]",
                "retrieve.output=" + runs.path("found-" + index)));
    try (Stream<String> lines = Files.lines(directory.resolve("found-" + index + "/run.trec"))) {
      return lines.map(line -> line.split(" ")[2]).collect(Collectors.toSet());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"flat", "hnsw"})
  void aPassageWithOtherMetadataEndsWithThem(String type) throws IOException {
    String name = "meta-" + type;
    String[] settings = {
      "index.type=" + type, "reindex.maximum-deleted=0.5", "data.metadata-fields=[lang]"
    };
    Map<String, String> langs = new TreeMap<>();
    List<String> ids = new ArrayList<>(first.keySet());
    for (int i = 0; i < ids.size(); i++) {
      if (i % 3 > 0) {
        langs.put(ids.get(i), i % 3 == 1 ? "en" : "de");
      }
    }
    runs.reindex(name, with(first, langs), settings);
    assertThat(found(name, "lang=de")).isEqualTo(having(langs, "de"));
    assertThat(runs.reindex(name, with(first, langs), settings).json())
        .containsEntry("published", false);
    // One gets another value, one loses its, one gets a first; the texts stay.
    langs.put(ids.get(1), "de");
    langs.remove(ids.get(2));
    langs.put(ids.get(3), "de");
    JobResult result = runs.reindex(name, with(first, langs), settings);
    assertCounts(result, 697, 0, 3, 0);
    assertThat(found(name, "lang=de"))
        .isEqualTo(having(langs, "de"))
        .contains(ids.get(1), ids.get(3))
        .doesNotContain(ids.get(2));
    assertThat(found(name, "lang=en")).isEqualTo(having(langs, "en"));
    // Copied, rebuilt and joined shards keep the metadata of what they take over.
    langs.put("n7", "en");
    langs.keySet().retainAll(second.keySet());
    result = runs.reindex(name, with(second, langs), settings);
    assertCounts(result, 610, 60, 40, 50);
    assertThat(found(name, "lang=en")).isEqualTo(having(langs, "en")).contains("n7");
    try (LeasedVersion version = runs.catalogue(name).read()) {
      version.version().verifyChecksums(FileSystem.getLocal(ReindexRuns.HADOOP));
    }
  }

  private static Set<String> having(Map<String, String> langs, String lang) {
    return langs.entrySet().stream()
        .filter(entry -> entry.getValue().equals(lang))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Test
  void otherMetadataFieldsAreRefusedUnlessEverythingIsEncodedAnew() throws IOException {
    runs.reindex("fields", first);
    assertThatThrownBy(() -> runs.reindex("fields", first, "data.metadata-fields=[year, lang]"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("data.metadata-fields [], now [lang, year]")
        .hasMessageContaining("--full")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    runs.reindex("fields", first, "data.metadata-fields=[year, lang]", "--full");
    assertThat(runs.reindex("fields", first, "data.metadata-fields=[lang, year]").json())
        .containsEntry("published", false);
    assertThatThrownBy(() -> runs.reindex("fields", first))
        .hasMessageContaining("data.metadata-fields [lang, year], now []");
  }

  @Test
  void smallShardsAreJoined() throws IOException {
    Map<String, String> growing = new TreeMap<>(texts("a", 0, 400, new Random(8)));
    runs.reindex("growing", growing);
    for (int night = 0; night < 5; night++) {
      growing.putAll(texts("b", 20 * night, 20, new Random(9 + night)));
      assertCounts(runs.reindex("growing", growing), 400 + 20L * night, 20, 0, 0);
    }
    try (LeasedVersion version = runs.catalogue("growing").read()) {
      assertThat(version.version().manifest().facts().count("passages")).isEqualTo(500);
      assertThat(version.version().manifest().facts().count("shards")).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void anotherModelIsRefusedUnlessEverythingIsEncodedAnew() throws IOException {
    JobResult built = runs.reindex("model-changed", first);
    assertThatThrownBy(
            () -> runs.reindex("model-changed", second, "model.source=" + runs.path("other")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("was encoded otherwise")
        .hasMessageContaining("model ")
        .hasMessageContaining("--full")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    assertThatThrownBy(() -> runs.reindex("model-changed", second, "data.passage-prefix=\"a \""))
        .hasMessageContaining("passage-prefix , now a ");
    assertThat(runs.current("model-changed")).isEqualTo(built.json().get("version"));
    JobResult full =
        runs.reindex("model-changed", second, "model.source=" + runs.path("other"), "--full");
    assertCounts(full, 0, 710, 0, 0);
    assertThat(full.json().get("version")).isNotEqualTo(built.json().get("version"));
  }

  @Test
  void aCollectionThatWasCutOffIsRefused() throws IOException {
    JobResult built = runs.reindex("cut", first);
    Map<String, String> few =
        first.entrySet().stream()
            .limit(100)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertThatThrownBy(() -> runs.reindex("cut", few))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("600 of the 700 passages")
        .hasMessageContaining("reindex.maximum-removed")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.BAD_DATA);
    assertThat(runs.current("cut")).isEqualTo(built.json().get("version"));
    assertCounts(runs.reindex("cut", few, "reindex.maximum-removed=1"), 100, 0, 0, 600);
  }

  @Test
  void oldVersionsArePrunedAndCanBeRolledBackTo() throws IOException {
    JobResult one = runs.reindex("nights", first, "index.keep=2");
    JobResult two = runs.reindex("nights", second, "index.keep=2");
    ReindexJob rollback = new ReindexJob();
    new CommandLine(rollback).parseArgs("rollback");
    rollback.run(runs.context("index.name=nights"));
    assertThat(runs.current("nights")).isEqualTo(one.json().get("version"));
    // The collection is not the one of the version rolled back to.
    assertCounts(runs.reindex("nights", second, "index.keep=2"), 610, 60, 40, 50);
    Map<String, String> third = new TreeMap<>(second);
    third.remove("n7");
    JobResult last = runs.reindex("nights", third, "index.keep=2");
    assertThat(((List<?>) last.json().get("pruned")).contains(one.json().get("version"))).isTrue();
    ReindexJob list = new ReindexJob();
    new CommandLine(list).parseArgs("list");
    assertThat(list.run(runs.context("index.name=nights")).text())
        .contains(String.valueOf(last.json().get("version")))
        .doesNotContain(String.valueOf(one.json().get("version")));
    assertThat(two.json().get("version")).isNotEqualTo(last.json().get("version"));
  }

  @Test
  void theSamePassagesInAnotherOrderAreNothingToDo() throws IOException {
    JobResult built = runs.reindex("order", first);
    List<String> lines =
        new ArrayList<>(
            first.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue()).toList());
    Collections.shuffle(lines, new Random(1));
    Files.write(directory.resolve("shuffled.tsv"), lines);
    JobResult again = runs.reindexFile("order", "shuffled.tsv");
    assertCounts(again, 700, 0, 0, 0);
    assertThat(again.json())
        .containsEntry("published", false)
        .containsEntry("version", built.json().get("version"));
    assertThat(runs.catalogue("order").list()).hasSize(1);
    // Other settings are something to do.
    assertThat(runs.reindexFile("order", "shuffled.tsv", "index.type=hnsw").json())
        .containsEntry("published", true);
  }

  @Test
  void aFullBuildOfACollectionThatWasCutOffIsRefused() throws IOException {
    JobResult built = runs.reindex("cut-full", first);
    Map<String, String> few = texts("f", 0, 100, new Random(11));
    assertThatThrownBy(() -> runs.reindex("cut-full", few, "--full"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("At least 600 of the 700 passages")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.BAD_DATA);
    assertThat(runs.current("cut-full")).isEqualTo(built.json().get("version"));
    assertCounts(
        runs.reindex("cut-full", few, "--full", "reindex.maximum-removed=1"), 0, 100, 0, 0);
  }

  @Test
  void aRunWithNothingToDoFinishesThePruningOfAnEarlierOne() throws IOException {
    JobResult one = runs.reindex("pruned", first);
    runs.reindex("pruned", second, "reindex.prune=false");
    assertThat(runs.catalogue("pruned").list()).hasSize(2);
    JobResult again = runs.reindex("pruned", second, "index.keep=1");
    assertThat(again.json())
        .containsEntry("published", false)
        .containsEntry("pruned", List.of(one.json().get("version")));
    assertThat(runs.catalogue("pruned").list()).hasSize(1);
  }

  @Test
  void aDamagedVersionIsRefusedAndMadeAnewOnRequestOrAfterARollback() throws IOException {
    JobResult one = runs.reindex("damaged", first);
    JobResult two = runs.reindex("damaged", second);
    Path vectors =
        files("workspace/index/damaged/versions/" + two.json().get("version")).stream()
            .filter(file -> file.toString().endsWith(".f32"))
            .findFirst()
            .orElseThrow();
    Files.write(vectors, Arrays.copyOf(Files.readAllBytes(vectors), 100));
    assertThatThrownBy(() -> runs.reindex("damaged", second))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining(vectors.getFileName().toString())
        .hasMessageContaining("--full")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    ReindexJob rollback = new ReindexJob();
    new CommandLine(rollback).parseArgs("rollback");
    rollback.run(runs.context("index.name=damaged"));
    assertThat(runs.current("damaged")).isEqualTo(one.json().get("version"));
    JobResult mended = runs.reindex("damaged", second);
    assertCounts(mended, 610, 60, 40, 50);
    assertThat(mended.json().get("version")).isNotEqualTo(two.json().get("version"));
    assertThat(runs.reindex("damaged", second).json()).containsEntry("published", false);
  }

  @Test
  void nightsThatFailTheirAuditDoNotFillTheStore() throws IOException {
    String[] poor = {
      "index.type=hnsw",
      "index.hnsw.max-connections=2",
      "index.hnsw.ef-construction=1",
      "index.hnsw.ef-search=1",
      "index.minimum-recall=1"
    };
    JobResult good = runs.reindex("failing", first);
    Map<String, String> growing = new TreeMap<>(first);
    for (int night = 0; night < 3; night++) {
      growing.putAll(texts("f", 20 * night, 20, new Random(30 + night)));
      assertThatThrownBy(() -> runs.reindex("failing", growing, poor))
          .isInstanceOf(TandemException.class)
          .hasMessageContaining("is not published");
    }
    assertThat(runs.current("failing")).isEqualTo(good.json().get("version"));
    // The current one, and the newest that was not published.
    assertThat(runs.catalogue("failing").list()).hasSize(2);
    Path deltas = directory.resolve("workspace/index/.reindex/failing");
    assertThat(names(deltas)).hasSize(3);

    // Vectors that a night left long ago go with the next one that fails.
    try (Stream<Path> all = Files.list(deltas)) {
      for (Path old : all.sorted().limit(2).toList()) {
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(8, ChronoUnit.DAYS)));
      }
    }
    assertThatThrownBy(() -> runs.reindex("failing", growing, poor))
        .hasMessageContaining("is not published");
    assertThat(names(deltas).size()).isLessThanOrEqualTo(2);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .toList();
    }
  }
}
