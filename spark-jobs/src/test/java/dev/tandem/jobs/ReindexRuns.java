package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
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
import picocli.CommandLine;

/** Collections of made-up texts, and runs of {@code reindex} over them with a tiny model. */
final class ReindexRuns {
  static final Configuration HADOOP = new Configuration();

  private static final List<String> WORDS =
      List.of(
          ("list sort file read write parse date time map key value string byte stream close open"
                  + " node graph edge path tree leaf root")
              .split(" "));

  private final JavaSparkContext spark;
  private final Path directory;
  private final List<String> settings;

  /** Writes two models, {@code model} and {@code other}, and {@code queries.tsv}. */
  ReindexRuns(JavaSparkContext spark, Path directory, String... settings) throws IOException {
    this.spark = spark;
    this.directory = directory;
    this.settings = List.of(settings);
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    TinyModelDirectory.write(directory.resolve("other"), 2, WORDS);
    write("queries.tsv", texts("q", 0, 20, new Random(4)));
  }

  /** A context whose local file system is the {@link FaultyFileSystem}. */
  static JavaSparkContext spark(int cores) {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster("local[" + cores + "]")
            .setAppName("ReindexRuns")
            .set("spark.ui.enabled", "false")
            .set("spark.default.parallelism", "2")
            .set("spark.hadoop.fs.file.impl", FaultyFileSystem.class.getName())
            .set("spark.hadoop.fs.file.impl.disable.cache", "true"));
  }

  /** Texts of 8 to 15 words, so that no two are the same. */
  static Map<String, String> texts(String prefix, int from, int count, Random random) {
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

  String path(String name) {
    return directory.resolve(name).toString();
  }

  void write(String file, Map<String, String> texts) throws IOException {
    Files.write(
        directory.resolve(file),
        texts.entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue()).toList());
  }

  JobContext context(String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("workspace=" + path("workspace"));
    all.add("data.passage-max-length=24");
    all.add("data.query-max-length=24");
    TandemConfig config = new ConfigLoader(HADOOP).load(new ConfigSources(List.of(), all)).config();
    return JobContext.around(spark, config, ProgressReporter.none());
  }

  /** Writes the collection and indexes it; {@code more} are flags and settings. */
  JobResult reindex(String name, Map<String, String> texts, String... more) throws IOException {
    write(name + ".tsv", texts);
    return reindexFile(name, name + ".tsv", more);
  }

  /** Indexes a collection that is written. */
  JobResult reindexFile(String name, String collection, String... more) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "index.name=" + name,
                "model.source=" + path("model"),
                "data.collection=" + path(collection)));
    all.addAll(settings);
    ReindexJob job = new ReindexJob();
    List<String> flags = new ArrayList<>();
    for (String argument : more) {
      (argument.startsWith("--") ? flags : all).add(argument);
    }
    new CommandLine(job).parseArgs(flags.toArray(new String[0]));
    return job.run(context(all.toArray(new String[0])));
  }

  /** Scores by query and passage of a run over an index. */
  Map<String, Double> scores(String index) throws IOException {
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

  /** Asserts that all queries find the same passages with the same scores, up to rounding. */
  void assertSameScores(String index, String other) throws IOException {
    assertSameScores(index, scores(other));
  }

  void assertSameScores(String index, Map<String, Double> expected) throws IOException {
    Map<String, Double> found = scores(index);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach((hit, score) -> assertThat(score).isCloseTo(expected.get(hit), within(1e-5)));
  }

  IndexCatalogue catalogue(String name) throws IOException {
    return IndexCatalogue.at(
        FileSystem.getLocal(HADOOP),
        new org.apache.hadoop.fs.Path(path("workspace/index/" + name)));
  }

  /** Name of the version in force. */
  String current(String name) throws IOException {
    return catalogue(name).current().orElseThrow().version();
  }

  static void assertCounts(
      JobResult result, long unchanged, long added, long changed, long removed) {
    assertThat(result.json())
        .containsEntry("unchanged", unchanged)
        .containsEntry("new", added)
        .containsEntry("changed", changed)
        .containsEntry("removed", removed)
        .containsEntry("encoded", added + changed);
  }
}
