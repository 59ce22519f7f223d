package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageHash;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.PassageText;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.command.CommandLineRunner;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.LocalIndex;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Passages in windows, from encode to retrieve. What should be found is computed here from windows
 * that are passages of their own, encoded without windows.
 */
class PassageWindowsJobTest {
  private static final List<String> WORDS =
      List.of("list", "sort", "file", "read", "map", "key", "tree", "leaf", "root", "node");
  private static final int ROOM = 6;
  private static final int STRIDE = 4;
  private static final int DEPTH = 40;
  private static final String[] WINDOWS = {
    "encode.window.length=" + (ROOM + 2), "encode.window.stride=" + STRIDE
  };

  @TempDir static Path directory;
  private static JavaSparkContext spark;
  private static Map<String, String> texts;

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
                .setMaster("local[2]")
                .setAppName("PassageWindowsJobTest")
                .set("spark.ui.enabled", "false")
                .set("spark.hadoop.fs.file.impl", FaultyFileSystem.class.getName())
                .set("spark.hadoop.fs.file.impl.disable.cache", "true"));
    // Of weights that keep the scores of a query well apart.
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS, 1);
    texts = texts("p", 600, 40);
    write("corpus.tsv", texts);
    write("queries.tsv", texts("q", 25, 12));
    Map<String, String> cut = new LinkedHashMap<>();
    texts.forEach(
        (id, text) -> {
          List<String> words = List.of(text.split(" "));
          for (int from = 0; from == 0 || from - STRIDE + ROOM < words.size(); from += STRIDE) {
            List<String> window = words.subList(from, Math.min(from + ROOM, words.size()));
            cut.put(String.format("%s#%02d", id, from / STRIDE), String.join(" ", window));
          }
        });
    write("cut.tsv", cut);
    Files.write(
        directory.resolve("qrels.tsv"),
        texts("q", 25, 12).keySet().stream()
            .flatMap(q -> Stream.of(q + " 0 p1" + q.substring(1) + " 1", q + " 0 p3 1"))
            .toList());
    Files.write(
        directory.resolve("kind-qrels.tsv"),
        texts("q", 25, 12).keySet().stream().map(q -> q + " 0 p1 1").toList());
    encode("vectors", WINDOWS);
    run(new EncodeJob()::run, "data.collection=" + path("cut.tsv"), "encode.output=" + path("cut"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  private static Map<String, String> texts(String prefix, int count, int longest) {
    Random random = new Random(count);
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      // Some are shorter than a window, most are longer, some longer than the model has positions.
      texts.put(
          prefix + i,
          random
              .ints(1 + random.nextInt(longest), 0, WORDS.size())
              .mapToObj(WORDS::get)
              .collect(Collectors.joining(" ")));
    }
    return texts;
  }

  private static void write(String file, Map<String, String> texts) throws IOException {
    Files.write(
        directory.resolve(file),
        texts.entrySet().stream().map(text -> text.getKey() + "\t" + text.getValue()).toList());
  }

  private static Path path(String name) {
    return directory.resolve(name);
  }

  private static LoadedConfig load(String... overrides) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("workspace", path("workspace").toString());
    all.put("model.source", path("model").toString());
    all.put("data.passage-max-length", "24");
    all.put("data.query-max-length", "24");
    all.put("retrieve.depth", String.valueOf(DEPTH));
    for (String override : overrides) {
      String[] parts = override.split("=", 2);
      all.put(parts[0], parts[1]);
    }
    return new ConfigLoader(new Configuration())
        .load(
            new ConfigSources(
                List.of(),
                all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList()));
  }

  private static JobResult run(Command job, String... overrides) throws IOException {
    LoadedConfig loaded = load(overrides);
    assertThat(loaded.problems().list()).isEmpty();
    return job.run(JobContext.around(spark, loaded.config(), ProgressReporter.none()));
  }

  private static String[] with(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }

  private static JobResult encode(String output, String... settings) throws IOException {
    return run(
        new EncodeJob()::run,
        with(settings, "data.collection=" + path("corpus.tsv"), "encode.output=" + path(output)));
  }

  private static List<String> retrieve(String output, String... settings) throws IOException {
    run(
        new RetrieveJob()::run,
        with(settings, "data.queries=" + path("queries.tsv"), "retrieve.output=" + path(output)));
    return Files.readAllLines(path(output).resolve("run.trec"));
  }

  /** A line of a run without the rank. */
  private record Hit(String query, String passage, double score) {
    static Hit of(String line) {
      String[] fields = line.split(" ");
      return new Hit(fields[0], fields[2], Double.parseDouble(fields[4]));
    }
  }

  private static List<Hit> hits(List<String> run) {
    return run.stream().map(Hit::of).toList();
  }

  /** All windows' scores of each query, joined to passages' by hand. */
  private static List<Hit> expected(String aggregation) throws IOException {
    Map<String, Map<String, Double>> scores = new TreeMap<>();
    for (String line :
        retrieve("cut-run", "retrieve.vectors=" + path("cut"), "retrieve.depth=100000")) {
      Hit hit = Hit.of(line);
      scores
          .computeIfAbsent(hit.query(), q -> new TreeMap<>())
          .merge(
              hit.passage().substring(0, hit.passage().indexOf('#')),
              hit.score(),
              aggregation.equals("max") ? Math::max : Double::sum);
    }
    List<Hit> best = new ArrayList<>();
    scores.forEach(
        (query, passages) ->
            passages.entrySet().stream()
                .map(passage -> new Hit(query, passage.getKey(), passage.getValue()))
                .sorted(
                    Comparator.comparingDouble(Hit::score)
                        .reversed()
                        .thenComparing(Hit::passage, Comparator.reverseOrder()))
                .limit(DEPTH)
                .forEach(best::add));
    return best;
  }

  /** The same passages in the same order but for near ties, with scores that differ by rounding. */
  private static void assertSame(List<Hit> found, List<Hit> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).query()).isEqualTo(expected.get(i).query());
      assertThat(Math.abs(found.get(i).score() - expected.get(i).score())).isLessThan(1e-5);
    }
    Set<String> passages = new HashSet<>();
    for (Hit hit : found) {
      assertThat(passages.add(hit.query() + " " + hit.passage())).isTrue();
    }
    Map<String, Double> scores =
        expected.stream().collect(Collectors.toMap(h -> h.query() + " " + h.passage(), Hit::score));
    long others =
        found.stream().filter(h -> !scores.containsKey(h.query() + " " + h.passage())).count();
    assertThat(others).isLessThanOrEqualTo(found.size() / 100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"max", "sum"})
  void everyPassageIsOneHitByItsWindowsInShardsAndInIndexes(String aggregation) throws IOException {
    String aggregate = "retrieve.aggregate=" + aggregation;
    List<String> run = retrieve(aggregation, "retrieve.vectors=" + path("vectors"), aggregate);
    assertSame(hits(run), expected(aggregation));
    for (String type : List.of("flat", "hnsw")) {
      String name = type + "-" + aggregation;
      JobResult index =
          run(
              new IndexJob()::run,
              "index.name=" + name,
              "index.type=" + type,
              "index.vectors=" + path("vectors"),
              "index.hnsw.ef-search=600",
              "index.shard-vectors=1500",
              "index.minimum-recall=0.5");
      assertThat(index.json()).containsEntry("passages", 600L);
      assertThat((Long) index.json().get("vectors")).isEqualTo(windowCount());
      assertThat((Long) index.json().get("shards")).isGreaterThan(1);
      List<String> found = retrieve(name, "retrieve.index=" + name, aggregate);
      if (type.equals("flat")) {
        assertThat(found).isEqualTo(run);
      } else {
        List<String> all =
            retrieve("all", "retrieve.vectors=" + path("vectors"), aggregate, "retrieve.depth=600");
        assertThat(hits(all)).containsAll(hits(found));
        Set<Hit> right = new HashSet<>(hits(run));
        assertThat(hits(found).stream().filter(right::contains).count())
            .isGreaterThan(right.size() / 2);
      }
    }
  }

  private static LocalIndex.Settings settings(Aggregation aggregation) {
    return new LocalIndex.Settings(OptionalInt.of(200), MetadataFilter.NONE, aggregation);
  }

  @ParameterizedTest
  @CsvSource({"flat, MAX", "hnsw, MAX", "flat, SUM", "hnsw, SUM"})
  void aSearchWithoutSparkGivesEachPassageOnce(String type, Aggregation aggregation)
      throws IOException {
    String name = "local-" + type;
    run(
        new IndexJob()::run,
        "index.name=" + name,
        "index.type=" + type,
        "index.vectors=" + path("vectors"),
        "index.minimum-recall=0.5");
    Random random = new Random(5);
    float[] query = new float[16];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    Map<String, Double> best = new TreeMap<>();
    FileSystem local = FileSystem.getLocal(new Configuration());
    org.apache.hadoop.fs.Path shards = new org.apache.hadoop.fs.Path(path("vectors").toUri());
    for (VectorPart part : parts("vectors")) {
      try (LoadedPart loaded = VectorPartReader.read(local, shards, part)) {
        float[] row = new float[16];
        for (int r = 0; r < part.rows(); r++) {
          loaded.vectors().copyRow(r, row);
          double score = 0;
          for (int i = 0; i < row.length; i++) {
            score += (double) row[i] * query[i];
          }
          best.merge(
              loaded.ids().get(r), score, aggregation == Aggregation.MAX ? Math::max : Double::sum);
        }
      }
    }
    List<Double> scores = best.values().stream().sorted(Comparator.reverseOrder()).toList();
    org.apache.hadoop.fs.Path index =
        new org.apache.hadoop.fs.Path(path("workspace/index/" + name).toUri());
    try (LeasedVersion version = IndexCatalogue.at(local, index).read();
        LocalIndex opened =
            LocalIndex.open(new Configuration(), version.version(), settings(aggregation))) {
      List<LocalIndex.Hit> hits = opened.search(query, 50);
      assertThat(hits).hasSize(50);
      assertThat(hits.stream().map(LocalIndex.Hit::id)).doesNotHaveDuplicates();
      for (int rank = 0; rank < hits.size(); rank++) {
        double score = hits.get(rank).score();
        assertThat(score).isCloseTo(best.get(hits.get(rank).id()), within(1e-5));
        assertThat(opened.exactScore(query, hits.get(rank))).isCloseTo(score, within(1e-6 * 16));
        if (type.equals("flat")) {
          assertThat(score).isCloseTo(scores.get(rank), within(1e-5));
        }
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int status =
        new CommandLineRunner(new PrintStream(out, true, StandardCharsets.UTF_8), System.err)
            .run(
                new SearchJob(),
                "sort",
                "--json",
                "search.index=" + name,
                "workspace=" + path("workspace"),
                "model.source=" + path("model"),
                "data.passage-max-length=24",
                "data.query-max-length=24");
    assertThat(status).isZero();
    JsonNode answer = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    assertThat(answer.get("passages").asInt()).as("not vectors").isEqualTo(600);
  }

  @Test
  void aFilterCountsPassagesAndDropsAllWindowsOfTheOthers() throws IOException {
    List<String> lines = new ArrayList<>();
    texts.forEach(
        (id, text) ->
            lines.add(
                id + "\t" + text + "\t{\"kind\": " + Integer.parseInt(id.substring(1)) % 3 + "}"));
    Files.write(path("kinds.tsv"), lines);
    run(
        new EncodeJob()::run,
        with(
            WINDOWS,
            "data.metadata-fields=[kind]",
            "data.collection=" + path("kinds.tsv"),
            "encode.output=" + path("kinds")));
    List<String> found =
        retrieve(
            "kinds-run",
            "retrieve.vectors=" + path("kinds"),
            "retrieve.filter=[\"kind=1\"]",
            "data.qrels=" + path("kind-qrels.tsv"));
    assertThat(hits(found))
        .hasSize(25 * DEPTH)
        .allMatch(hit -> Integer.parseInt(hit.passage().substring(1)) % 3 == 1);
    assertThat(Files.readString(path("kinds-run").resolve("metrics.json")))
        .contains("\"passages\" : 600")
        .contains("\"passing\" : 200");
  }

  private static List<VectorPart> parts(String output) throws IOException {
    List<VectorPart> parts = new ArrayList<>();
    ObjectMapper json =
        new ObjectMapper().enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING);
    for (Path file : descriptions(output)) {
      parts.add(json.readValue(file.toFile(), VectorPart.class));
    }
    return parts;
  }

  private static long windowCount() throws IOException {
    try (Stream<String> lines = Files.lines(path("cut.tsv"))) {
      return lines.count();
    }
  }

  @Test
  void passagesAndVectorsAreCountedAndOnlyTheFirstRowHasTheText() throws IOException {
    JobResult encoded = encode("vectors", WINDOWS);
    assertThat(encoded.json())
        .containsEntry("passages", 600L)
        .containsEntry("count", windowCount());
    FileSystem local = FileSystem.getLocal(new Configuration());
    org.apache.hadoop.fs.Path shards = new org.apache.hadoop.fs.Path(path("vectors").toUri());
    Map<String, Integer> rows = new TreeMap<>();
    for (VectorPart part : parts("vectors")) {
      try (LoadedPart loaded = VectorPartReader.read(local, shards, part);
          PassageReader passages = PassageReader.open(local, shards, part)) {
        String before = null;
        for (int row = 0; row < part.rows(); row++) {
          String id = loaded.ids().get(row);
          PassageText text = passages.read(row);
          assertThat(text.hash()).isEqualTo(PassageHash.of(texts.get(id)));
          boolean first = !id.equals(before);
          assertThat(text.text()).isEqualTo(first ? texts.get(id) : "");
          // A passage is in one place: neighbouring rows of one part.
          assertThat(rows.containsKey(id)).isEqualTo(!first);
          rows.merge(id, 1, Integer::sum);
          before = id;
        }
      }
    }
    assertThat(rows).hasSize(600);
    assertThat(rows.values().stream().mapToLong(Integer::longValue).sum()).isEqualTo(windowCount());
  }

  private static List<Path> descriptions(String output) throws IOException {
    try (Stream<Path> files = Files.list(path(output))) {
      return files
          .filter(file -> file.getFileName().toString().matches("part-\\d+\\.json"))
          .sorted()
          .toList();
    }
  }

  @Test
  void aKilledEncodingGoesOnWithTheFinishedParts() throws IOException {
    String last = String.format("part-%05d", descriptions("vectors").size() - 1);
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == FaultyFileSystem.Operation.CREATE && path.getName().startsWith(last)) {
            throw new IOException("killed");
          }
        });
    assertThatThrownBy(() -> encode("resumed", WINDOWS)).hasMessageContaining("killed");
    assertThat(path("resumed")).doesNotExist();
    Set<String> created = ConcurrentHashMap.newKeySet();
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == FaultyFileSystem.Operation.CREATE
              && path.getName().startsWith("part-")) {
            created.add(path.getName().replaceFirst("\\..*", ""));
          }
        });
    assertThat(encode("resumed", WINDOWS).json())
        .containsEntry("passages", 600L)
        .containsEntry("count", windowCount());
    assertThat(created).contains(last).hasSizeLessThan(descriptions("vectors").size());
    for (Path file : descriptions("vectors")) {
      assertThat(path("resumed").resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void reindexEncodesTheWindowsOfWhatChangedAndCountsPassages() throws IOException {
    String[] nightly = with(WINDOWS, "index.name=nightly", "index.type=hnsw");
    run(new ReindexJob()::run, with(nightly, "data.collection=" + path("corpus.tsv")));
    Map<String, String> tomorrow = new LinkedHashMap<>(texts);
    for (int i = 0; i < 20; i++) {
      tomorrow.remove("p" + i);
      tomorrow.put("p" + (100 + i), texts.get("p" + (100 + i)) + " leaf sort");
      tomorrow.put("n" + i, texts.get("p" + (50 + i)));
    }
    write("tomorrow.tsv", tomorrow);
    JobResult result =
        run(new ReindexJob()::run, with(nightly, "data.collection=" + path("tomorrow.tsv")));
    assertThat(result.json())
        .containsEntry("new", 20L)
        .containsEntry("changed", 20L)
        .containsEntry("removed", 20L)
        .containsEntry("unchanged", 560L)
        .containsEntry("encoded", 40L);
    run(
        new EncodeJob()::run,
        with(
            WINDOWS,
            "data.collection=" + path("tomorrow.tsv"),
            "encode.output=" + path("tomorrow")));
    List<Hit> all =
        hits(
            retrieve("tomorrow-run", "retrieve.vectors=" + path("tomorrow"), "retrieve.depth=600"));
    List<Hit> found = hits(retrieve("nightly-run", "retrieve.index=nightly"));
    Map<String, Double> scores =
        all.stream().collect(Collectors.toMap(h -> h.query() + " " + h.passage(), Hit::score));
    for (Hit hit : found) {
      // Encoded in other batches, vectors may differ in their last bits.
      assertThat(scores.get(hit.query() + " " + hit.passage()))
          .isCloseTo(hit.score(), within(1e-5));
    }
    assertThat(found).noneMatch(hit -> hit.passage().matches("p1?\\d"));

    assertThatThrownBy(
            () ->
                run(
                    new ReindexJob()::run,
                    "index.name=nightly",
                    "data.collection=" + path("tomorrow.tsv")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("window-length 8, now none")
        .hasMessageContaining("--full");
    JobResult listed = run(context -> IndexListing.of(context, "nightly"));
    assertThat(listed.json().get("versions")).asString().contains("passages=600");
  }

  /** The command {@code index list}. */
  private static final class IndexListing {
    static JobResult of(JobContext context, String name) throws IOException {
      return IndexJob.list(
          new dev.tandem.jobs.retrieval.IndexVersions(
              context.hadoop(), IndexJob.directory(context.config(), name)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"max", "sum"})
  void validateFindsWhatEncodeAndRetrieveFind(String aggregation) throws IOException {
    String aggregate = "retrieve.aggregate=" + aggregation;
    run(
        new EncodeJob()::run,
        with(
            WINDOWS,
            "encode.storage=int8",
            "data.collection=" + path("corpus.tsv"),
            "encode.output=" + path("small")));
    List<String> expected = retrieve("small-run", "retrieve.vectors=" + path("small"), aggregate);
    run(
        new ValidateJob()::run,
        with(
            WINDOWS,
            "encode.storage=int8",
            aggregate,
            "data.collection=" + path("corpus.tsv"),
            "data.queries=" + path("queries.tsv"),
            "data.qrels=" + path("qrels.tsv"),
            "retrieve.output=" + path("validated")));
    assertThat(Files.readAllLines(path("validated").resolve("run.trec"))).isEqualTo(expected);
  }

  @Test
  void windowsThatCannotBeAreReportedBeforeAnyWork() {
    assertThat(problems("encode.window.stride=4"))
        .contains("encode.window.stride = 4")
        .contains("says nothing without encode.window.length");
    assertThat(problems("encode.window.length=8", "encode.window.stride=7"))
        .contains("encode.window.stride = 7")
        .contains("must be at most 6");
    assertThatThrownBy(() -> encode("none", "encode.window.length=25", "encode.window.stride=4"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("encode.window.length is 25")
        .hasMessageContaining("24 tokens at most");
    assertThatThrownBy(() -> encode("none", with(WINDOWS, "data.passage-prefix=list of sort ")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("has room for 3 of the text");
  }

  private static String problems(String... overrides) {
    LoadedConfig loaded = load(with(overrides, "data.collection=" + path("corpus.tsv")));
    Problems problems = loaded.problems();
    new EncodeJob().check(loaded.config(), problems);
    return problems.list().stream().map(Object::toString).collect(Collectors.joining("\n"))
        + problems.report();
  }
}
