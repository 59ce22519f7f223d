package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.index.fusion.ReciprocalRankFusion;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import dev.tandem.jobs.command.CommandLineRunner;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * retrieve.filter in every mode. What must be found is taken from the runs without a filter, to a
 * depth that has every passage: what passes of them, to the depth asked for.
 */
class FilterTest {
  private static final List<String> WORDS =
      List.of(
          ("list sort file read write parse date time map key value string byte stream close open"
                  + " node graph edge path tree leaf root")
              .split(" "));
  private static final Configuration HADOOP = new Configuration();
  private static final int PASSAGES = 900;
  private static final int DEPTH = 20;
  private static final String FIELDS = "data.metadata-fields=[lang, year]";

  /** A passage's metadata; null for none. */
  private record Metadata(String lang, Integer year) {}

  @TempDir static Path directory;
  private static JavaSparkContext spark;
  private static final List<Metadata> METADATA = new ArrayList<>();

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("FilterTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    Random random = new Random(3);
    List<String> corpus = new ArrayList<>();
    for (int i = 0; i < PASSAGES; i++) {
      String lang = random.nextInt(10) == 0 ? null : i % 50 == 7 ? "fr" : i % 2 == 0 ? "en" : "de";
      Integer year = random.nextInt(10) == 0 ? null : 2000 + random.nextInt(20);
      METADATA.add(new Metadata(lang, year));
      String json =
          "{"
              + (lang == null ? "" : "\"lang\": \"" + lang + "\"")
              + (lang == null || year == null ? "" : ", ")
              + (year == null ? "" : "\"year\": " + year)
              + "}";
      // The first of all is without a third column.
      corpus.add("p" + i + "\t" + text(random) + (json.equals("{}") ? "" : "\t" + json));
    }
    Files.write(directory.resolve("corpus.tsv"), corpus);
    List<String> queries = new ArrayList<>();
    List<String> qrels = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      queries.add("q" + i + "\t" + text(random));
      qrels.add("q" + i + " 0 p" + random.nextInt(PASSAGES) + " 1");
    }
    Files.write(directory.resolve("queries.tsv"), queries);
    Files.write(directory.resolve("qrels.txt"), qrels);
    encode("vectors", FIELDS);
    for (String type : List.of("flat", "hnsw")) {
      new IndexJob()
          .run(
              context(
                  "index.name=" + type,
                  "index.type=" + type,
                  "index.vectors=" + path("vectors"),
                  "index.shard-vectors=450",
                  "index.hnsw.ef-search=40"));
    }
    run("all-dense", PASSAGES, "retrieve.vectors=" + path("vectors"));
    run("all-bm25", PASSAGES, "retrieve.mode=bm25");
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static String text(Random random) {
    return random
        .ints(3 + random.nextInt(12), 0, WORDS.size())
        .mapToObj(WORDS::get)
        .collect(Collectors.joining(" "));
  }

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  private static LoadedConfig load(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("model.source=" + path("model"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    return new ConfigLoader(HADOOP).load(new ConfigSources(List.of(), all));
  }

  private static JobContext context(String... overrides) {
    return JobContext.around(spark, load(overrides).config(), ProgressReporter.none());
  }

  private static void encode(String output, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of(more));
    all.add("data.collection=" + path("corpus.tsv"));
    all.add("encode.output=" + path(output));
    new EncodeJob().run(context(all.toArray(String[]::new)));
  }

  private static JobResult run(String output, int depth, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of(more));
    all.add("data.queries=" + path("queries.tsv"));
    all.add("retrieve.depth=" + depth);
    all.add("retrieve.output=" + path(output));
    if (all.stream().anyMatch(key -> key.matches("retrieve.mode=(bm25|hybrid)"))) {
      all.add("data.collection=" + path("corpus.tsv"));
      all.add(FIELDS);
    }
    return new RetrieveJob().run(context(all.toArray(String[]::new)));
  }

  private static TrecRun read(String output) throws IOException {
    return TrecRunReader.read(new org.apache.hadoop.fs.Path(path(output), "run.trec"), HADOOP);
  }

  /** Ids and scores; a run file holds scores as floats in decimals, whose doubles are others. */
  private static List<String> lines(List<RankedPassage> ranking) {
    return ranking.stream().map(p -> p.id() + " " + (float) p.score()).toList();
  }

  private static boolean passes(String id, Predicate<Metadata> filter) {
    return filter.test(METADATA.get(Integer.parseInt(id.substring(1))));
  }

  /** The best of those that pass, of a run that has them all. */
  private static List<RankedPassage> best(
      TrecRun all, String query, Predicate<Metadata> filter, int depth) {
    return all.ranking(query).stream()
        .filter(passage -> passes(passage.id(), filter))
        .limit(depth)
        .toList();
  }

  /** Filters from one that nearly all pass to one that few do, with what they mean. */
  private static Predicate<Metadata> meaning(String filter) {
    return switch (filter) {
      case "[\"lang!=fr\"]" -> m -> !"fr".equals(m.lang());
      case "[\"lang=en\", \"year>=2010\"]" ->
          m -> "en".equals(m.lang()) && m.year() != null && m.year() >= 2010;
      case "[\"lang=fr|es\"]" -> m -> "fr".equals(m.lang());
      case "[\"lang=en\", \"lang=de\"]" -> m -> false;
      default -> throw new IllegalArgumentException(filter);
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "vectors; [\"lang!=fr\"]",
        "vectors; [\"lang=en\", \"year>=2010\"]",
        "vectors; [\"lang=fr|es\"]",
        "vectors; [\"lang=en\", \"lang=de\"]",
        "flat; [\"lang!=fr\"]",
        "flat; [\"lang=fr|es\"]",
        "flat; [\"lang=en\", \"lang=de\"]",
        "hnsw; [\"lang!=fr\"]",
        "hnsw; [\"lang=en\", \"year>=2010\"]",
        "hnsw; [\"lang=fr|es\"]",
        "hnsw; [\"lang=en\", \"lang=de\"]",
        "bm25; [\"lang!=fr\"]",
        "bm25; [\"lang=en\", \"year>=2010\"]",
        "bm25; [\"lang=fr|es\"]",
        "bm25; [\"lang=en\", \"lang=de\"]",
        "hybrid; [\"lang=en\", \"year>=2010\"]",
        "hybrid; [\"lang=fr|es\"]",
        "hybrid-flat; [\"lang=en\", \"year>=2010\"]",
      })
  void theBestOfThePassagesThatPassAreFound(String where, String filter) throws IOException {
    Predicate<Metadata> meaning = meaning(filter);
    List<String> keys = new ArrayList<>(List.of("retrieve.filter=" + filter));
    switch (where) {
      case "vectors" -> keys.add("retrieve.vectors=" + path("vectors"));
      case "flat", "hnsw" -> keys.add("retrieve.index=" + where);
      case "bm25" -> keys.add("retrieve.mode=bm25");
      case "hybrid" ->
          keys.addAll(List.of("retrieve.mode=hybrid", "retrieve.vectors=" + path("vectors")));
      default -> keys.addAll(List.of("retrieve.mode=hybrid", "retrieve.index=flat"));
    }
    JobResult result = run("found", DEPTH, keys.toArray(String[]::new));

    long passing = METADATA.stream().filter(meaning).count();
    assertThat(result.json())
        .containsEntry("passages", (long) PASSAGES)
        .containsEntry("passing", passing);
    assertThat(result.json().get("filter")).asList().isNotEmpty();
    assertThat(result.text()).contains("900 passages, " + passing + " of which pass lang");
    if (passing == 0) {
      assertThat(directory.resolve("found/run.trec")).isEmptyFile();
      return;
    }
    TrecRun found = read("found");
    TrecRun dense = read("all-dense");
    TrecRun words = read("all-bm25");
    int hits = 0;
    int expected = 0;
    for (String query : dense.queries()) {
      List<RankedPassage> byVectors = best(dense, query, meaning, DEPTH);
      List<RankedPassage> byWords = best(words, query, meaning, DEPTH);
      List<String> ranking = lines(found.ranking(query));
      if (where.equals("hnsw")) {
        assertThat(found.ranking(query)).allMatch(passage -> passes(passage.id(), meaning));
        Set<String> right = new HashSet<>(lines(byVectors));
        expected += right.size();
        right.retainAll(ranking);
        hits += right.size();
      } else {
        assertThat(ranking)
            .isEqualTo(
                lines(
                    where.equals("bm25")
                        ? byWords
                        : where.startsWith("hybrid")
                            ? new ReciprocalRankFusion(60).fuse(List.of(byVectors, byWords), DEPTH)
                            : byVectors));
      }
    }
    assertThat(hits).isGreaterThanOrEqualTo((int) (0.95 * expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "flat; [\"lang!=fr\"]",
        "flat; [\"lang=fr|es\"]",
        "flat; [\"lang=en\", \"lang=de\"]",
        "hnsw; [\"lang!=fr\"]",
        "hnsw; [\"lang=en\", \"year>=2010\"]",
        "hnsw; [\"lang=fr|es\"]",
      })
  void aSearchByHandFindsWhatRetrieveFinds(String type, String filter) throws IOException {
    String key = "retrieve.filter=" + filter;
    Object passing = run("by-job", DEPTH, "retrieve.index=" + type, key).json().get("passing");
    Optional<TrecRun> run = // which cannot be read where it is empty
        passing.equals(0L) ? Optional.empty() : Optional.of(read("by-job"));
    StringBuilder queries = new StringBuilder();
    for (String line : Files.readAllLines(directory.resolve("queries.tsv"))) {
      queries.append(line.split("\t")[1]).append('\n');
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(search(queries.toString(), out, "search.index=" + type, "--json", key)).isEmpty();
    List<String> answers = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(answers).hasSize(30);
    for (int q = 0; q < answers.size(); q++) {
      JsonNode answer = new ObjectMapper().readTree(answers.get(q));
      assertThat(answer.get("passages").asInt()).isEqualTo(PASSAGES);
      assertThat(answer.get("passing").asText()).isEqualTo(passing.toString());
      assertThat(answer.get("filter")).isNotEmpty();
      String query = "q" + q;
      List<RankedPassage> expected = run.map(ranked -> ranked.ranking(query)).orElse(List.of());
      assertThat(answer.get("hits")).hasSameSizeAs(expected);
      for (int rank = 0; rank < expected.size(); rank++) {
        JsonNode hit = answer.get("hits").get(rank);
        String id = hit.get("id").asText();
        assertThat(passes(id, meaning(filter))).isTrue();
        // Queries encoded one by one and in batches differ in the last bits.
        assertThat(hit.get("score").asDouble()).isCloseTo(expected.get(rank).score(), within(1e-6));
        Metadata metadata = METADATA.get(Integer.parseInt(id.substring(1)));
        assertThat(hit.at("/metadata/lang").asText(null)).isEqualTo(metadata.lang());
        assertThat(hit.at("/metadata/year").asText(null))
            .isEqualTo(metadata.year() == null ? null : metadata.year().toString());
      }
    }
  }

  @Test
  void aSearchByHandRefusesAFilterAsRetrieveDoes() throws IOException {
    assertThat(refusal(4, "retrieve.filter=[\"size=3\"]"))
        .contains("asks for the metadata field size", "keeps lang, year only");
    assertThat(refusal(3, "retrieve.filter=[\"lang>3\"]"))
        .contains("'lang>3' compares numbers, but a passage has lang = '");
    assertThat(refusal(2, "retrieve.filter=[\"lang\", \"year>new\"]", "search.cache=hdfs://nn/c"))
        .contains("3 problems", "'lang' is no condition", "which is no number", "search.cache");
  }

  private static String refusal(int status, String... keys) throws IOException {
    List<String> all = new ArrayList<>(List.of(keys));
    all.add("search.index=flat");
    String said = search("list\n", new ByteArrayOutputStream(), all.toArray(String[]::new));
    assertThat(said).startsWith(status + ": ");
    return said;
  }

  /** Runs the command as it is typed; gives its status and messages where it fails. */
  private static String search(String in, ByteArrayOutputStream out, String... arguments)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("search.depth=" + DEPTH);
    all.add("workspace=" + path("workspace"));
    all.add("data.query-max-length=24");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new CommandLineRunner(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8))
            .run(new SearchJob(), all.toArray(String[]::new));
    return status == 0 ? "" : status + ": " + err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void measuresAreTakenOfWhatIsFoundAndNotOfNothing() throws IOException {
    String qrels = "data.qrels=" + path("qrels.txt");
    String vectors = "retrieve.vectors=" + path("vectors");
    JobResult result = run("measured", DEPTH, qrels, vectors, "retrieve.filter=[\"lang=en\"]");
    assertThat(result.json().get("measures").toString()).contains("ndcg_cut_10");
    assertThat(directory.resolve("measured/metrics.json"))
        .content()
        .contains("\"filter\" : [ \"lang=en\" ]")
        .contains("\"passing\" : " + result.json().get("passing"));
    for (String mode : List.of("dense", "bm25", "hybrid")) {
      assertThatThrownBy(
              () ->
                  run(
                      "nothing",
                      DEPTH,
                      qrels,
                      vectors,
                      "retrieve.mode=" + mode,
                      "retrieve.filter=[\"lang=xx\"]"))
          .isInstanceOfSatisfying(
              TandemException.class,
              e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.BAD_DATA))
          .hasMessageContaining("None of the 900 passages passes retrieve.filter = lang=xx");
    }
  }

  @Test
  void aFieldThatIsNotKeptIsRefusedWithThoseThatAre() throws IOException {
    encode("plain");
    assertRefused(
        TandemException.Kind.ARTIFACT,
        "asks for the metadata field size, but " + directory.toUri() + "vectors keeps lang, year",
        "retrieve.vectors=" + path("vectors"),
        "retrieve.filter=[\"size=3\", \"lang=en\"]");
    assertRefused(
        TandemException.Kind.ARTIFACT,
        "asks for the metadata fields lang, size, but " + directory.toUri() + "plain keeps no",
        "retrieve.vectors=" + path("plain"),
        "retrieve.filter=[\"size=3\", \"lang=en\"]");
    assertRefused(
        TandemException.Kind.ARTIFACT,
        "keeps lang, year only. Encode the collection again",
        "retrieve.index=hnsw",
        "retrieve.filter=[\"size=3\"]");
  }

  private static void assertRefused(TandemException.Kind kind, String message, String... keys) {
    assertThatThrownBy(() -> run("refused", DEPTH, keys))
        .isInstanceOfSatisfying(TandemException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message.replace("file:///", "file:/"));
    assertThat(directory.resolve("refused")).doesNotExist();
  }

  @Test
  void aTextIsNotComparedAsANumber() {
    for (String mode : List.of("dense", "bm25")) {
      assertThatThrownBy(
              () ->
                  run(
                      "refused",
                      DEPTH,
                      "retrieve.mode=" + mode,
                      "retrieve.vectors=" + path("vectors"),
                      "retrieve.filter=[\"lang>3\"]"))
          .isInstanceOf(SparkException.class)
          .cause()
          .isInstanceOfSatisfying(
              TandemException.class,
              e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.BAD_DATA))
          .hasMessageContaining("'lang>3' compares numbers, but a passage has lang = '");
    }
  }

  @Test
  void whatIsWrongWithAFilterIsReportedTogetherBeforeAnyWork() {
    LoadedConfig loaded =
        load(
            "retrieve.filter=[\"lang\", \"year>new\", \"size=3\"]",
            "retrieve.mode=bm25",
            "data.metadata-fields=[lang, year, \"a b\", lang]",
            "data.collection=" + path("corpus.tsv"),
            "data.queries=" + path("nosuch.tsv"));
    new RetrieveJob().check(loaded.config(), loaded.problems());
    assertThat(loaded.problems().report())
        .startsWith("6 problems")
        .contains("'lang' is no condition: expected field=value")
        .contains("compares with 'new', which is no number")
        .contains("asks for size, but of data.collection, whose words are searched, lang, year")
        .contains("the field 'a b' must not be empty nor contain white space")
        .contains("names 'lang' twice")
        .contains("nosuch.tsv");
  }

  @Test
  void metadataThatDifferBetweenVectorsAndCollectionAreNotFused() throws IOException {
    List<String> other = new ArrayList<>(Files.readAllLines(directory.resolve("corpus.tsv")));
    other.replaceAll(line -> line.replace("\"lang\": \"fr\"", "\"lang\": \"en\""));
    Files.write(directory.resolve("other.tsv"), other);
    String[] keys = {
      "retrieve.mode=hybrid",
      "data.collection=" + path("other.tsv"),
      "data.queries=" + path("queries.tsv"),
      "retrieve.vectors=" + path("vectors"),
      "retrieve.filter=[\"lang=en\"]",
      FIELDS,
      "retrieve.output=" + path("not-fused")
    };
    assertThatThrownBy(() -> new RetrieveJob().run(context(keys)))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("their metadata differ");
  }

  @Test
  void theNumberOfQueriesMayBeAny() throws IOException {
    Random random = new Random(17);
    for (int count : new int[] {1, 2100}) {
      List<String> queries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        queries.add("m" + i + "\t" + text(random));
      }
      Files.write(directory.resolve("many.tsv"), queries);
      for (String mode : List.of("dense", "bm25", "hybrid")) {
        JobResult result =
            new RetrieveJob()
                .run(
                    context(
                        "retrieve.mode=" + mode,
                        "data.collection=" + path("corpus.tsv"),
                        "data.queries=" + path("many.tsv"),
                        "retrieve.vectors=" + path("vectors"),
                        "retrieve.depth=3",
                        FIELDS,
                        "retrieve.output=" + path("many")));
        assertThat(result.json()).containsEntry("queries", count);
        TrecRun run = read("many");
        assertThat(run.queries()).hasSize(count);
        run.rankings().values().forEach(ranking -> assertThat(ranking).hasSize(3));
      }
    }
  }
}
