package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
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
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
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
  private static final List<String> WORDS =
      List.of(
          ("list sort file read write parse date time map key value string byte stream close open"
                  + " node graph edge path tree leaf root")
              .split(" "));
  private static final Configuration HADOOP = new Configuration();

  @TempDir static Path directory;
  private static JavaSparkContext spark;
  private static Map<String, String> first;
  private static Map<String, String> second;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("ReindexJobTest")
                .set("spark.ui.enabled", "false")
                .set("spark.hadoop.fs.file.impl", FaultyFileSystem.class.getName())
                .set("spark.hadoop.fs.file.impl.disable.cache", "true"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    TinyModelDirectory.write(directory.resolve("other"), 2, WORDS);
    first = texts("p", 0, 700, new Random(3));
    // 50 gone, 40 with another text, 60 new
    second = new TreeMap<>(first);
    first.keySet().stream().limit(50).forEach(second::remove);
    List<String> left = new ArrayList<>(second.keySet());
    texts("c", 0, 40, new Random(5))
        .forEach((id, text) -> second.put(left.get(3 * Integer.parseInt(id.substring(1))), text));
    second.putAll(texts("n", 0, 60, new Random(6)));
    write("queries.tsv", texts("q", 0, 20, new Random(4)));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  /** Texts of 8 to 15 words, so that no two are the same. */
  private static Map<String, String> texts(String prefix, int from, int count, Random random) {
    Map<String, String> texts = new TreeMap<>();
    for (int i = from; i < from + count; i++) {
      texts.put(
          prefix + i,
          random
              .ints(8 + random.nextInt(8), 0, WORDS.size())
              .mapToObj(WORDS::get)
              .collect(Collectors.joining(" ")));
    }
    return texts;
  }

  private static void write(String file, Map<String, String> texts) throws IOException {
    Files.write(
        directory.resolve(file),
        texts.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue()).toList());
  }

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  private static JobContext context(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    TandemConfig config = new ConfigLoader(HADOOP).load(new ConfigSources(List.of(), all)).config();
    return JobContext.around(spark, config, ProgressReporter.none());
  }

  private static JobResult reindex(String name, Map<String, String> texts, String... more)
      throws IOException {
    write(name + ".tsv", texts);
    List<String> all =
        new ArrayList<>(
            List.of(
                "index.name=" + name,
                "model.source=" + path("model"),
                "data.collection=" + path(name + ".tsv"),
                "index.shard-vectors=300",
                "index.audit-queries=20"));
    ReindexJob job = new ReindexJob();
    List<String> flags = new ArrayList<>();
    for (String argument : more) {
      (argument.startsWith("--") ? flags : all).add(argument);
    }
    new CommandLine(job).parseArgs(flags.toArray(new String[0]));
    return job.run(context(all.toArray(new String[0])));
  }

  /** Scores by query and passage of a run over an index. */
  private static Map<String, Double> run(String index) throws IOException {
    new RetrieveJob()
        .run(
            context(
                "model.source=" + path("model"),
                "data.queries=" + path("queries.tsv"),
                "retrieve.index=" + index,
                "retrieve.depth=1000",
                "retrieve.output=" + path("run-" + index)));
    Map<String, Double> scores = new TreeMap<>();
    try (Stream<String> lines = Files.lines(directory.resolve("run-" + index + "/run.trec"))) {
      lines
          .map(line -> line.split(" "))
          .forEach(c -> scores.put(c[0] + " " + c[2], Double.valueOf(c[4])));
    }
    return scores;
  }

  private static IndexCatalogue catalogue(String name) throws IOException {
    return IndexCatalogue.at(
        FileSystem.getLocal(HADOOP),
        new org.apache.hadoop.fs.Path(path("workspace/index/" + name)));
  }

  private static void assertSameScores(String index, String other) throws IOException {
    Map<String, Double> expected = run(other);
    Map<String, Double> found = run(index);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach((hit, score) -> assertThat(score).isCloseTo(expected.get(hit), within(1e-5)));
  }

  private static void assertCounts(
      JobResult result, long unchanged, long added, long changed, long removed) {
    assertThat(result.json())
        .containsEntry("unchanged", unchanged)
        .containsEntry("new", added)
        .containsEntry("changed", changed)
        .containsEntry("removed", removed)
        .containsEntry("encoded", added + changed);
  }

  @Test
  void onlyNewAndChangedPassagesAreEncodedAndTheResultIsThatOfAFullBuild() throws IOException {
    assertCounts(reindex("flat", first), 0, 700, 0, 0);
    JobResult result = reindex("flat", second);
    assertCounts(result, 610, 60, 40, 50);
    assertThat(result.json()).containsEntry("published", true);
    try (LeasedVersion version = catalogue("flat").read()) {
      assertThat(version.version().name()).isEqualTo(result.json().get("version"));
      assertThat(version.version().manifest().facts().count("passages")).isEqualTo(710);
      version.version().verifyChecksums(FileSystem.getLocal(HADOOP));
    }
    reindex("flat-full", second);
    assertSameScores("flat", "flat-full");
    assertThat(directory.resolve("workspace/index/.reindex/flat")).doesNotExist();
  }

  @Test
  void withNothingToDoNothingIsWritten() throws IOException {
    JobResult built = reindex("same", first);
    List<Path> before = files("workspace/index/same");
    JobResult again = reindex("same", first);
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
    write("shards.tsv", first);
    new EncodeJob()
        .run(
            context(
                "model.source=" + path("model"),
                "data.collection=" + path("shards.tsv"),
                "encode.output=" + path("shards")));
    new IndexJob()
        .run(
            context(
                "index.name=shards", "index.vectors=" + path("shards"), "index.shard-vectors=300"));
    assertThat(reindex("shards", first).json()).containsEntry("published", false);
    assertCounts(reindex("shards", second), 610, 60, 40, 50);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "0"})
  void graphsKeepDeletedRowsUpToAShareAndNeverFindThem(String share) throws IOException {
    String name = "hnsw" + share.length();
    reindex(name, first, "index.type=hnsw");
    JobResult result = reindex(name, second, "index.type=hnsw", "reindex.maximum-deleted=" + share);
    assertCounts(result, 610, 60, 40, 50);
    Map<?, ?> shards = (Map<?, ?>) result.json().get("shards");
    assertThat((Integer) shards.get("copied") > 0).isEqualTo(share.equals("0.5"));
    Map<String, Double> found = run(name);
    assertThat(found.keySet()).allSatisfy(hit -> assertThat(second).containsKey(hit.split(" ")[1]));
    // At this depth a graph finds nearly everything, each passage with its exact score.
    reindex(name + "-exact", second);
    Map<String, Double> exact = run(name + "-exact");
    assertThat(found.size()).isGreaterThan((int) (0.97 * exact.size()));
    found.forEach((hit, score) -> assertThat(score).isCloseTo(exact.get(hit), within(1e-5)));
    // And once more on top of a version that has deleted rows.
    assertCounts(reindex(name, first, "index.type=hnsw"), 610, 50, 40, 60);
    assertThat(run(name).keySet())
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
            context(
                "model.source=" + path("model"),
                "data.queries=" + path("queries.tsv"),
                "retrieve.index=" + index,
                "retrieve.filter=[\"" + condition + "\"]",
                "retrieve.output=" + path("found-" + index)));
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
    reindex(name, with(first, langs), settings);
    assertThat(found(name, "lang=de")).isEqualTo(having(langs, "de"));
    assertThat(reindex(name, with(first, langs), settings).json())
        .containsEntry("published", false);
    // One gets another value, one loses its, one gets a first; the texts stay.
    langs.put(ids.get(1), "de");
    langs.remove(ids.get(2));
    langs.put(ids.get(3), "de");
    JobResult result = reindex(name, with(first, langs), settings);
    assertCounts(result, 697, 0, 3, 0);
    assertThat(found(name, "lang=de"))
        .isEqualTo(having(langs, "de"))
        .contains(ids.get(1), ids.get(3))
        .doesNotContain(ids.get(2));
    assertThat(found(name, "lang=en")).isEqualTo(having(langs, "en"));
    // Copied, rebuilt and joined shards keep the metadata of what they take over.
    langs.put("n7", "en");
    langs.keySet().retainAll(second.keySet());
    result = reindex(name, with(second, langs), settings);
    assertCounts(result, 610, 60, 40, 50);
    assertThat(found(name, "lang=en")).isEqualTo(having(langs, "en")).contains("n7");
    try (LeasedVersion version = catalogue(name).read()) {
      version.version().verifyChecksums(FileSystem.getLocal(HADOOP));
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
    reindex("fields", first);
    assertThatThrownBy(() -> reindex("fields", first, "data.metadata-fields=[year, lang]"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("keeps the metadata fields [], data.metadata-fields is [lang, year]")
        .hasMessageContaining("--full")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    reindex("fields", first, "data.metadata-fields=[year, lang]", "--full");
    assertThat(reindex("fields", first, "data.metadata-fields=[lang, year]").json())
        .containsEntry("published", false);
    assertThatThrownBy(() -> reindex("fields", first))
        .hasMessageContaining("keeps the metadata fields [lang, year], data.metadata-fields is []");
  }

  @Test
  void smallShardsAreJoined() throws IOException {
    Map<String, String> growing = new TreeMap<>(texts("a", 0, 400, new Random(8)));
    reindex("growing", growing);
    for (int night = 0; night < 5; night++) {
      growing.putAll(texts("b", 20 * night, 20, new Random(9 + night)));
      assertCounts(reindex("growing", growing), 400 + 20L * night, 20, 0, 0);
    }
    try (LeasedVersion version = catalogue("growing").read()) {
      assertThat(version.version().manifest().facts().count("passages")).isEqualTo(500);
      assertThat(version.version().manifest().facts().count("shards")).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void anotherModelIsRefusedUnlessEverythingIsEncodedAnew() throws IOException {
    JobResult built = reindex("model-changed", first);
    assertThatThrownBy(() -> reindex("model-changed", second, "model.source=" + path("other")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("was encoded otherwise")
        .hasMessageContaining("model ")
        .hasMessageContaining("--full")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    assertThatThrownBy(() -> reindex("model-changed", second, "data.passage-prefix=\"a \""))
        .hasMessageContaining("passage-prefix , now a ");
    assertThat(catalogue("model-changed").current().get().version())
        .isEqualTo(built.json().get("version"));
    JobResult full = reindex("model-changed", second, "model.source=" + path("other"), "--full");
    assertCounts(full, 0, 710, 0, 0);
    assertThat(full.json().get("version")).isNotEqualTo(built.json().get("version"));
  }

  @Test
  void aCollectionThatWasCutOffIsRefused() throws IOException {
    JobResult built = reindex("cut", first);
    Map<String, String> few =
        first.entrySet().stream()
            .limit(100)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertThatThrownBy(() -> reindex("cut", few))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("600 of the 700 passages")
        .hasMessageContaining("reindex.maximum-removed")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.BAD_DATA);
    assertThat(catalogue("cut").current().get().version()).isEqualTo(built.json().get("version"));
    assertCounts(reindex("cut", few, "reindex.maximum-removed=1"), 100, 0, 0, 600);
  }

  @Test
  void oldVersionsArePrunedAndCanBeRolledBackTo() throws IOException {
    JobResult one = reindex("nights", first, "index.keep=2");
    JobResult two = reindex("nights", second, "index.keep=2");
    ReindexJob rollback = new ReindexJob();
    new CommandLine(rollback).parseArgs("rollback");
    rollback.run(context("index.name=nights"));
    assertThat(catalogue("nights").current().get().version()).isEqualTo(one.json().get("version"));
    // The collection is not the one of the version rolled back to.
    assertCounts(reindex("nights", second, "index.keep=2"), 610, 60, 40, 50);
    Map<String, String> third = new TreeMap<>(second);
    third.remove("n7");
    JobResult last = reindex("nights", third, "index.keep=2");
    assertThat(((List<?>) last.json().get("pruned")).contains(one.json().get("version"))).isTrue();
    ReindexJob list = new ReindexJob();
    new CommandLine(list).parseArgs("list");
    assertThat(list.run(context("index.name=nights")).text())
        .contains(String.valueOf(last.json().get("version")))
        .doesNotContain(String.valueOf(one.json().get("version")));
    assertThat(two.json().get("version")).isNotEqualTo(last.json().get("version"));
  }

  /** Kills a run before its n-th change of a file, for n spread over all of them. */
  @Test
  void aRunThatIsKilledLeavesWhatIsPublishedAndTheNextOneFinishes() throws IOException {
    reindex("uninterrupted", first);
    reindex("uninterrupted", second);
    JobResult built = reindex("killed", first);
    String published = String.valueOf(built.json().get("version"));
    AtomicInteger changes = new AtomicInteger();
    int kill = 1;
    int killed = 0;
    while (catalogue("killed").current().get().version().equals(published)) {
      int at = kill;
      changes.set(0);
      FaultyFileSystem.breakWith(
          (operation, path, target) -> {
            if (changes.incrementAndGet() >= at) {
              throw new IOException("killed before change " + at);
            }
          });
      try {
        reindex("killed", second);
      } catch (Exception e) {
        killed++;
      }
      FaultyFileSystem.mend();
      try (LeasedVersion version = catalogue("killed").read()) {
        version.version().verifyChecksums(FileSystem.getLocal(HADOOP));
      }
      kill += 1 + kill / 8;
    }
    assertThat(killed).isGreaterThan(10);
    assertSameScores("killed", "uninterrupted");
    assertThat(reindex("killed", second).json()).containsEntry("published", false);
  }
}
