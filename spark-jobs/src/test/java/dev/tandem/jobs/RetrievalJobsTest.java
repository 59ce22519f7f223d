package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.index.fusion.ReciprocalRankFusion;
import dev.tandem.index.fusion.WeightedScores;
import dev.tandem.index.lexical.Bm25;
import dev.tandem.index.lexical.LexicalQuery;
import dev.tandem.index.lexical.LexicalSearcher;
import dev.tandem.index.lexical.LexicalShard;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import dev.tandem.jobs.retrieval.VectorShards;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderEngines;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands encode, retrieve and validate on a small collection with a random model. */
class RetrievalJobsTest {
  private static final List<String> WORDS =
      List.of(
          ("list sort file read write parse date time map key value string byte stream close open")
              .split(" "));
  private static final Configuration HADOOP = new Configuration();

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("RetrievalJobsTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    TinyModelDirectory.write(directory.resolve("other"), 2, WORDS);
    Random random = new Random(3);
    write("corpus.tsv", "p", 700, 12, random);
    write("queries.tsv", "q", 30, 4, random);
    StringBuilder qrels = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      qrels.append("q").append(i).append(" 0 p").append(random.nextInt(700)).append(" 1\n");
    }
    Files.writeString(directory.resolve("qrels.txt"), qrels);
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static void write(String file, String prefix, int count, int words, Random random)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(prefix).append(i).append('\t');
      text.append(
          random
              .ints(1 + random.nextInt(words), 0, WORDS.size())
              .mapToObj(WORDS::get)
              .collect(Collectors.joining(" ")));
      text.append('\n');
    }
    Files.writeString(directory.resolve(file), text);
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

  private static JobResult encode(String vectors) throws IOException {
    return encode(vectors, "auto");
  }

  private static JobResult encode(String vectors, String compute) throws IOException {
    return new EncodeJob()
        .run(
            context(
                "model.source=" + path("model"),
                "model.compute=" + compute,
                "data.collection=" + path("corpus.tsv"),
                "encode.output=" + path(vectors)));
  }

  private static JobResult retrieve(String model, String vectors) throws IOException {
    return new RetrieveJob()
        .run(
            context(
                "model.source=" + path(model),
                "data.queries=" + path("queries.tsv"),
                "data.qrels=" + path("qrels.txt"),
                "retrieve.vectors=" + path(vectors),
                "retrieve.output=" + path("retrieved-" + vectors)));
  }

  private static TrecRun run(String output) throws IOException {
    return TrecRunReader.read(new org.apache.hadoop.fs.Path(path(output), "run.trec"), HADOOP);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Double> measures(JobResult result) {
    return (Map<String, Double>) result.json().get("measures");
  }

  @Test
  void validateFindsWhatEncodeAndRetrieveFind() throws IOException {
    JobResult validated =
        new ValidateJob()
            .run(
                context(
                    "model.source=" + path("model"),
                    "data.validation.collection=" + path("corpus.tsv"),
                    "data.validation.queries=" + path("queries.tsv"),
                    "data.validation.qrels=" + path("qrels.txt"),
                    "retrieve.output=" + path("validated")));
    assertThat(encode("vectors").json()).containsEntry("passages", 700L);
    JobResult retrieved = retrieve("model", "vectors");

    // Only the queries with judgements.
    assertThat(validated.json()).containsEntry("queries", 20);
    assertThat(retrieved.json()).containsEntry("queries", 20);
    Map<String, Double> expected = measures(validated);
    measures(retrieved)
        .forEach(
            (name, value) ->
                assertThat(value).as(name).isCloseTo(expected.get(name), within(1e-9)));
    TrecRun one = run("validated");
    TrecRun two = run("retrieved-vectors");
    assertThat(two.queries()).isEqualTo(one.queries());
    for (String query : one.queries()) {
      assertThat(two.ranking(query)).hasSize(700);
      for (int rank = 0; rank < 700; rank++) {
        RankedPassage a = one.ranking(query).get(rank);
        assertThat(two.ranking(query).get(rank).score()).isCloseTo(a.score(), within(1e-5));
      }
    }
    for (String file : List.of("run.trec", "metrics.json", "per-query.tsv")) {
      assertThat(directory.resolve("validated").resolve(file)).isNotEmptyFile();
    }
    assertThat(directory.resolve("validated").resolve("per-query.tsv")).content().hasLineCount(21);
  }

  @Test
  void encodeDoesNothingWhereItIsDone() throws IOException {
    encode("again");
    Path manifest = directory.resolve("again").resolve("manifest.json");
    FileTime written = Files.getLastModifiedTime(manifest);
    encode("again");
    assertThat(Files.getLastModifiedTime(manifest)).isEqualTo(written);
  }

  @Test
  void vectorsComputedInBfloat16SaySoAndAreNotTakenForOthers() throws IOException {
    assumeTrue(
        EncoderEngines.encodingCompute("auto", "bfloat16") == Compute.BFLOAT16,
        "this CPU has neither AVX512_BF16 nor AMX");
    encode("rounded", "bfloat16");
    assertThat(manifest("rounded").configuration()).containsEntry("compute", "bfloat16");
    encode("exact");
    assertThat(manifest("exact").configuration()).doesNotContainKey("compute");
    assertThat(manifest("rounded").files()).isNotEqualTo(manifest("exact").files());

    retrieve("model", "rounded");
    retrieve("model", "exact");
    TrecRun rounded = run("retrieved-rounded");
    TrecRun exact = run("retrieved-exact");
    for (String query : exact.queries()) {
      Map<String, Double> scores =
          rounded.ranking(query).stream()
              .collect(Collectors.toMap(RankedPassage::id, RankedPassage::score));
      for (RankedPassage passage : exact.ranking(query)) {
        assertThat(scores.get(passage.id())).isCloseTo(passage.score(), within(0.02));
      }
    }

    encode("rounded");
    assertThat(manifest("rounded").files()).isEqualTo(manifest("exact").files());
  }

  private static Manifest manifest(String vectors) throws IOException {
    return ArtifactDirectory.open(
            HADOOP, new org.apache.hadoop.fs.Path(path(vectors)), VectorShards.KIND)
        .manifest();
  }

  @Test
  void retrieveRefusesVectorsOfAComputeItDoesNotKnow() throws IOException {
    encode("newer");
    Path manifest = directory.resolve("newer").resolve("manifest.json");
    ObjectMapper json = new ObjectMapper();
    ObjectNode content = (ObjectNode) json.readTree(manifest.toFile());
    ((ObjectNode) content.get("configuration")).put("compute", "float8");
    // Past Hadoop's own checksum
    Files.deleteIfExists(directory.resolve("newer").resolve(".manifest.json.crc"));
    json.writeValue(manifest.toFile(), content);
    assertThatThrownBy(() -> retrieve("model", "newer"))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("'float8'")
        .hasMessageContaining("encode the collection again");
  }

  @Test
  void retrieveRefusesVectorsOfAnotherModel() throws IOException {
    String made = (String) encode("mine").json().get("model");
    assertThatThrownBy(() -> retrieve("other", "mine"))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining(made)
        .hasMessageContaining(path("other"))
        .hasMessageContaining("encode the collection again");
  }

  @Test
  void retrieveRefusesATruncatedPart() throws IOException {
    encode("short");
    Path part = directory.resolve("short").resolve("part-00000.f32");
    long length = Files.size(part);
    try (RandomAccessFile file = new RandomAccessFile(part.toFile(), "rw")) {
      file.setLength(length - 4);
    }
    assertThatThrownBy(() -> retrieve("model", "short"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("part-00000.f32")
        .hasMessageContaining((length - 4) + " bytes")
        .hasMessageContaining(Long.toString(length));
  }

  @Test
  void retrieveRefusesADamagedPart() throws IOException {
    encode("damaged");
    Path part = directory.resolve("damaged").resolve("part-00001.f32");
    try (RandomAccessFile file = new RandomAccessFile(part.toFile(), "rw")) {
      file.seek(100);
      int old = file.read();
      file.seek(100);
      file.write(old ^ 1);
    }
    // Past Hadoop's own checksum, as on a file system without one.
    Files.deleteIfExists(directory.resolve("damaged").resolve(".part-00001.f32.crc"));
    assertThatThrownBy(() -> retrieve("model", "damaged"))
        .isInstanceOf(SparkException.class)
        .cause()
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("part-00001.f32 is damaged: expected CRC-32C")
        .hasMessageContaining("run encode again");
  }

  @Test
  void retrieveRefusesADirectoryWithoutManifest() throws IOException {
    encode("bare");
    Files.delete(directory.resolve("bare").resolve("manifest.json"));
    assertThatThrownBy(() -> retrieve("model", "bare"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("manifest.json");
  }

  private static JobResult retrieveBy(String mode, String... overrides) throws IOException {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("retrieve.mode=" + mode);
    all.add("data.collection=" + path("corpus.tsv"));
    all.add("data.queries=" + path("queries.tsv"));
    all.add("data.qrels=" + path("qrels.txt"));
    all.add("model.source=" + path("model"));
    return new RetrieveJob().run(context(all.toArray(String[]::new)));
  }

  /** Ids and scores; a run file holds scores as floats in decimals, whose doubles are others. */
  private static List<String> lines(List<RankedPassage> ranking) {
    return ranking.stream().map(p -> p.id() + " " + (float) p.score()).toList();
  }

  @Test
  void bm25OfManyPartsFindsWhatOneIndexFinds() throws IOException {
    JobResult result = retrieveBy("bm25", "retrieve.depth=50", "retrieve.output=" + path("bm25"));
    // One index over everything, in this JVM.
    LexicalShard.Builder builder = new LexicalShard.Builder();
    for (String line : Files.readAllLines(directory.resolve("corpus.tsv"))) {
      builder.add(line.split("\t")[0], line.split("\t")[1]);
    }
    Map<String, List<String>> expected = new HashMap<>();
    try (LexicalSearcher searcher = new LexicalSearcher(builder.build())) {
      for (String line : Files.readAllLines(directory.resolve("queries.tsv")).subList(0, 20)) {
        List<LexicalQuery> query = List.of(LexicalQuery.parse(line.split("\t")[1]));
        expected.put(
            line.split("\t")[0],
            lines(searcher.search(query, searcher.statistics(query), Bm25.DEFAULT, 50).ranking(0)));
      }
    }
    Map<String, List<String>> found = new HashMap<>();
    run("bm25").rankings().forEach((query, ranking) -> found.put(query, lines(ranking)));
    assertThat(found).isEqualTo(expected);
    assertThat(result.json()).containsEntry("mode", "bm25").doesNotContainKey("model");
    assertThat(measures(result)).containsKey("ndcg_cut_10");
  }

  @Test
  void hybridFusesWhatBothFind() throws IOException {
    encode("for-hybrid");
    String vectors = "retrieve.vectors=" + path("for-hybrid");
    retrieveBy("dense", "retrieve.depth=30", vectors, "retrieve.output=" + path("h-dense"));
    retrieveBy("bm25", "retrieve.depth=30", "retrieve.output=" + path("h-bm25"));
    retrieveBy("hybrid", "retrieve.depth=30", vectors, "retrieve.output=" + path("h-rrf"));
    retrieveBy(
        "hybrid",
        "retrieve.depth=30",
        vectors,
        "retrieve.hybrid.method=weighted",
        "retrieve.hybrid.normalization=z-score",
        "retrieve.hybrid.dense-weight=0.25",
        "retrieve.output=" + path("h-weighted"));
    TrecRun dense = run("h-dense");
    TrecRun words = run("h-bm25");
    for (String query : dense.queries()) {
      List<List<RankedPassage>> both = List.of(dense.ranking(query), words.ranking(query));
      assertThat(lines(run("h-rrf").ranking(query)))
          .isEqualTo(lines(new ReciprocalRankFusion(60).fuse(both, 30)));
      // The run files' decimals shift means and deviations a little, so that near ties may change
      List<RankedPassage> expected =
          new WeightedScores(WeightedScores.Normalization.Z_SCORE, 0.25, 0.75).fuse(both, 60);
      Map<String, Double> scores = new HashMap<>();
      expected.forEach(passage -> scores.put(passage.id(), passage.score()));
      List<RankedPassage> found = run("h-weighted").ranking(query);
      assertThat(found).hasSize(30);
      for (int rank = 0; rank < found.size(); rank++) {
        assertThat(found.get(rank).score())
            .isCloseTo(expected.get(rank).score(), within(2e-3))
            .isCloseTo(scores.get(found.get(rank).id()), within(2e-3));
      }
    }
  }

  @Test
  void hybridRefusesVectorsOfAnotherCollection() throws IOException {
    encode("for-other-collection");
    Files.writeString(directory.resolve("short.tsv"), "p1\tlist sort\n");
    assertThatThrownBy(
            () ->
                new RetrieveJob()
                    .run(
                        context(
                            "retrieve.mode=hybrid",
                            "model.source=" + path("model"),
                            "data.collection=" + path("short.tsv"),
                            "data.queries=" + path("queries.tsv"),
                            "retrieve.vectors=" + path("for-other-collection"),
                            "retrieve.output=" + path("h-refused"))))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("700 passages, data.collection has 1");
  }
}
