package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command index, and retrieve from what it published. */
class IndexJobTest {
  private static final List<String> WORDS =
      List.of(
          ("list sort file read write parse date time map key value string byte stream close open"
                  + " node graph edge path tree leaf root")
              .split(" "));
  private static final Configuration HADOOP = new Configuration();
  private static final int PASSAGES = 900;

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("IndexJobTest")
                .set("spark.ui.enabled", "false"));
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    TinyModelDirectory.write(directory.resolve("other"), 2, WORDS);
    write("corpus.tsv", "p", PASSAGES, new Random(3));
    write("queries.tsv", "q", 30, new Random(4));
    new EncodeJob()
        .run(
            context(
                "model.source=" + path("model"),
                "data.collection=" + path("corpus.tsv"),
                "encode.output=" + path("vectors")));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  private static void write(String file, String prefix, int count, Random random)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(prefix).append(i).append('\t');
      text.append(
          random
              .ints(3 + random.nextInt(12), 0, WORDS.size())
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

  private static JobResult index(String name, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of(more));
    all.add("index.name=" + name);
    all.add("index.vectors=" + path("vectors"));
    all.add("index.shard-vectors=300");
    return new IndexJob().run(context(all.toArray(new String[0])));
  }

  private static JobResult action(String name, String... words) throws IOException {
    IndexJob job = new IndexJob();
    new CommandLine(job).parseArgs(words);
    return job.run(context("index.name=" + name, "index.keep=1"));
  }

  private static JobResult retrieve(String model, String output, String... from)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(from));
    all.add("model.source=" + path(model));
    all.add("data.queries=" + path("queries.tsv"));
    all.add("retrieve.depth=50");
    all.add("retrieve.output=" + path(output));
    return new RetrieveJob().run(context(all.toArray(new String[0])));
  }

  private static IndexCatalogue catalogue(String name) throws IOException {
    return IndexCatalogue.at(
        FileSystem.getLocal(HADOOP),
        new org.apache.hadoop.fs.Path(path("workspace/index/" + name)));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> audit(JobResult result) {
    return (Map<String, Object>) result.json().get("audit");
  }

  @Test
  void aFlatIndexGivesTheRunOfItsVectors() throws IOException {
    JobResult built = index("flat");
    assertThat(built.json())
        .containsEntry("built", true)
        .containsEntry("passages", (long) PASSAGES)
        .containsEntry("shards", 3L);
    assertThat(audit(built))
        .containsEntry("recall_10", 1.0)
        .containsEntry("recall_100", 1.0)
        .containsEntry("queries", 200)
        .containsEntry("vectors", (long) PASSAGES);
    try (LeasedVersion version = catalogue("flat").read()) {
      version.version().verifyChecksums(FileSystem.getLocal(HADOOP));
      assertThat(version.version().name()).isEqualTo(built.json().get("version"));
    }

    retrieve("model", "by-vectors", "retrieve.vectors=" + path("vectors"));
    JobResult retrieved = retrieve("model", "by-index", "retrieve.index=flat");
    assertThat(retrieved.json()).containsEntry("version", built.json().get("version"));
    assertThat(directory.resolve("by-index/run.trec"))
        .hasSameTextualContentAs(directory.resolve("by-vectors/run.trec"));
  }

  @Test
  void aVersionHasThePassagesOfItsRows() throws IOException {
    index("with-passages");
    Map<String, String> texts = new TreeMap<>();
    Files.readAllLines(directory.resolve("corpus.tsv"))
        .forEach(
            line ->
                texts.put(
                    line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1)));
    Map<String, String> found = new TreeMap<>();
    try (LeasedVersion version = catalogue("with-passages").read()) {
      FileSystem fileSystem = FileSystem.getLocal(HADOOP);
      org.apache.hadoop.fs.Path path = version.version().path();
      ObjectMapper json =
          JsonMapper.builder().enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING).build();
      for (String file : version.version().manifest().files().keySet()) {
        if (!file.endsWith(".json")) {
          continue;
        }
        JsonNode shard = json.readTree(new File(path.toUri().getPath(), file));
        VectorPart part = json.treeToValue(shard.get("vectors"), VectorPart.class);
        PassageIds ids = VectorPartReader.readIds(fileSystem, path, part);
        try (PassageReader passages = PassageReader.open(fileSystem, path, part)) {
          for (int row = 0; row < passages.rows(); row++) {
            found.put(ids.get(row), passages.read(row).text());
          }
        }
      }
    }
    assertThat(found).isEqualTo(texts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"float32", "int8"})
  void graphsFindNearlyAllWithTheSameScores(String encoding) throws IOException {
    JobResult built =
        index(
            "hnsw-" + encoding,
            "index.type=hnsw",
            "index.hnsw.encoding=" + encoding,
            "index.audit-queries=100");
    assertThat((Double) audit(built).get("recall_10")).isGreaterThan(0.97);
    assertThat((Double) audit(built).get("recall_100")).isGreaterThan(0.95);
    assertThat((Long) audit(built).get("disconnected")).isBetween(0L, 20L);

    retrieve("model", "exact", "retrieve.vectors=" + path("vectors"));
    retrieve("model", "graph", "retrieve.index=hnsw-" + encoding);
    List<String> exact = scores("exact");
    List<String> graph = scores("graph");
    long same = graph.stream().filter(exact::contains).count();
    assertThat(graph).hasSize(30 * 50);
    assertThat(same / 1500.0).isGreaterThan(0.95);
  }

  @Test
  void hybridSearchesAnIndexAsItSearchesVectors() throws IOException {
    String built = String.valueOf(index("for-hybrid").json().get("version"));
    String[] hybrid = {"retrieve.mode=hybrid", "data.collection=" + path("corpus.tsv"), ""};
    hybrid[2] = "retrieve.vectors=" + path("vectors");
    retrieve("model", "hybrid-vectors", hybrid);
    hybrid[2] = "retrieve.index=for-hybrid";
    assertThat(retrieve("model", "hybrid-index", hybrid).json())
        .containsEntry("version", built)
        .containsEntry("mode", "hybrid");
    assertThat(scores("hybrid-index")).hasSize(30 * 50).isEqualTo(scores("hybrid-vectors"));
    retrieve("model", "dense-index", "retrieve.index=for-hybrid");
    assertThat(scores("hybrid-index")).isNotEqualTo(scores("dense-index"));
  }

  /** Query, passage and score of each line of a run. */
  private static List<String> scores(String output) throws IOException {
    try (Stream<String> lines = Files.lines(directory.resolve(output).resolve("run.trec"))) {
      return lines
          .map(line -> line.split(" "))
          .map(columns -> columns[0] + " " + columns[2] + " " + columns[4])
          .toList();
    }
  }

  @Test
  void theSameIndexIsNotBuiltAgain() throws IOException {
    JobResult first = index("again");
    JobResult second = index("again");
    assertThat(second.json())
        .containsEntry("built", false)
        .containsEntry("version", first.json().get("version"));
    assertThat(audit(second)).hasToString(audit(first).toString());
    JobResult other = index("again", "index.type=hnsw");
    assertThat(other.json()).containsEntry("built", true);
    assertThat(catalogue("again").history()).hasSize(2);
  }

  @Test
  void anIndexThatForgetsTooMuchIsNotPublished() throws IOException {
    JobResult good = index("minimum");
    String[] bad = {
      "index.type=hnsw",
      "index.hnsw.max-connections=2",
      "index.hnsw.ef-construction=1",
      "index.hnsw.ef-search=1",
      "index.minimum-recall=1"
    };
    assertThatThrownBy(() -> index("minimum", bad))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("is not published: its audit found recall 0.")
        .hasMessageContaining("index.minimum-recall is 1.0")
        .hasMessageContaining("index.hnsw.ef-search");
    assertThat(catalogue("minimum").current().orElseThrow().version())
        .isEqualTo(good.json().get("version"));
    // It is built already: a lower minimum publishes it as it is.
    bad[4] = "index.minimum-recall=0";
    JobResult published = index("minimum", bad);
    assertThat(catalogue("minimum").list()).hasSize(2);
    assertThat((Double) audit(published).get("recall_10")).isLessThan(1.0);
  }

  @Test
  void versionsAreListedRolledBackAndPruned() throws IOException {
    Object first = index("versions").json().get("version");
    Object second = index("versions", "index.type=hnsw").json().get("version");
    JobResult list = action("versions", "list");
    assertThat(list.json()).containsEntry("current", second);
    assertThat(list.text()).contains(first + "", "complete", "current", "900 passages", "hnsw");

    assertThat(action("versions", "rollback").json())
        .containsEntry("version", first)
        .containsEntry("previous", second);
    retrieve("model", "rolled", "retrieve.index=versions", "retrieve.version=" + second);
    assertThatThrownBy(() -> action("versions", "rollback", "nosuch"))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("There is no version nosuch");
    assertThat(action("versions", "rollback", second + "").json()).containsEntry("version", second);
    assertThat(action("versions", "prune").json()).containsEntry("deleted", List.of(first));
    assertThat(action("versions", "list").json().get("versions")).asList().hasSize(1);
  }

  @Test
  void anIndexOfAnotherModelOrWithoutVersionIsRefused() throws IOException {
    index("mine");
    assertThatThrownBy(() -> retrieve("other", "refused", "retrieve.index=mine"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("made by another model");
    assertThatThrownBy(() -> retrieve("model", "refused", "retrieve.index=nosuch"))
        .isInstanceOfSatisfying(
            TandemException.class,
            e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.ARTIFACT))
        .hasMessageContaining("There is no published index in");
  }
}
