package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.pretrained.HuggingFaceDirectory;
import dev.tandem.model.pretrained.PretrainedEncoder;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command train with a tiny encoder: queries share a word with their passage. */
class TrainJobTest {
  private static final Configuration HADOOP = new Configuration();
  private static final String[] WORDS = new String[20];

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("TrainJobTest")
                .set("spark.log.level", "WARN")
                .set("spark.ui.enabled", "false"));
    for (int i = 0; i < WORDS.length; i++) {
      WORDS[i] = "w" + (char) ('a' + i / 20) + (char) ('a' + i % 20);
    }
    writeModel();
    writeData("train", 384, 1);
    writeData("dev", 40, 2);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static void writeModel() throws IOException {
    List<String> vocabulary =
        new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
    vocabulary.addAll(Arrays.asList(WORDS));
    EncoderArchitecture architecture =
        new EncoderArchitecture(vocabulary.size(), 16, 1, 2, 32, 16, 2, 1e-12);
    Random random = new Random(5);
    float[] parameters = new float[(int) ParameterLayout.of(architecture).size()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) (0.3 * random.nextGaussian());
    }
    byte[] tokenizer = TokenizerJson.ofVocabulary(vocabulary, true, Optional.empty(), true).bytes();
    HuggingFaceDirectory.write(
        FileSystem.getLocal(HADOOP),
        new org.apache.hadoop.fs.Path(path("model")),
        new PretrainedEncoder("tiny", architecture, parameters, tokenizer, Pooling.MEAN, true, 16),
        "a random model");
  }

  /** Passages of three words; the query of each is two of them. */
  private static void writeData(String name, int count, long seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder corpus = new StringBuilder();
    StringBuilder queries = new StringBuilder();
    StringBuilder qrels = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String first = WORDS[random.nextInt(WORDS.length)];
      String second = WORDS[random.nextInt(WORDS.length)];
      corpus.append("p%d\t%s %s %s\n".formatted(i, first, second, WORDS[random.nextInt(20)]));
      queries.append("q%d\t%s %s\n".formatted(i, second, first));
      qrels.append("q%d 0 p%d 1\n".formatted(i, i));
    }
    Files.writeString(directory.resolve(name + ".tsv"), corpus);
    Files.writeString(directory.resolve(name + "-queries.tsv"), queries);
    Files.writeString(directory.resolve(name + "-qrels.txt"), qrels);
  }

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  private static JobResult train(String... overrides) throws IOException {
    return new TrainJob().run(context(overrides));
  }

  private static JobContext context(String... overrides) {
    List<String> all = new ArrayList<>();
    all.add("workspace=" + path("workspace"));
    all.add("model.source=" + path("model"));
    all.add("data.passage-max-length=16");
    all.add("data.query-max-length=16");
    for (String set : List.of("train", "dev")) {
      String group = set.equals("train") ? "data.train." : "data.validation.";
      all.add(group + "collection=" + path(set + ".tsv"));
      all.add(group + "queries=" + path(set + "-queries.tsv"));
      all.add(group + "qrels=" + path(set + "-qrels.txt"));
    }
    all.add("train.batch-size=8");
    all.add("train.averaging.frequency=3");
    all.add("train.epochs=5");
    all.add("train.optimizer.learning-rate=0.003");
    all.addAll(List.of(overrides));
    LoadedConfig loaded = new ConfigLoader(HADOOP).load(new ConfigSources(List.of(), all));
    assertThat(loaded.problems().list()).isEmpty();
    return JobContext.around(spark, loaded.config(), ProgressReporter.none());
  }

  @SuppressWarnings("unchecked")
  private static double measure(JobResult result, String which) {
    return ((Map<String, Double>) result.json().get(which)).get("recip_rank");
  }

  @Test
  void aTrainedModelIsBetterAndLoadsAgain() throws IOException {
    JobResult result = train("experiment.name=shared", "train.queue.size=0");
    assertThat(measure(result, "best")).isGreaterThan(measure(result, "before") + 0.1);
    assertThat(result.json())
        .containsEntry("workers", 2)
        .containsEntry("steps", 120)
        .containsEntry("pairs", 5 * 384L);
    org.apache.hadoop.fs.Path model =
        new org.apache.hadoop.fs.Path((String) result.json().get("checkpoint"));
    PretrainedEncoder trained = HuggingFaceDirectory.read(model, HADOOP);
    assertThat(trained.normalize()).isTrue();
    assertThat(trained.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(Path.of(model.toUri()).resolve("README.md"))
        .content()
        .contains("train.batch-size | 8")
        .contains("| recip_rank |");
    assertThat(directory.resolve("workspace/runs/shared/validations/step-00000120/metrics.json"))
        .exists();
    assertThat(result.text()).contains("before").contains("ndcg_cut_10");
  }

  @Test
  void twoTowersAreTrainedApartAndWrittenSideBySide() throws IOException {
    JobResult result =
        train(
            "experiment.name=apart",
            "model.shared-towers=false",
            "train.accumulation-steps=2",
            "train.queue.size=24");
    assertThat(result.json()).containsEntry("steps", 60);
    String model = (String) result.json().get("checkpoint");
    float[] query = encoder(model, "query").parameters();
    float[] passage = encoder(model, "passage").parameters();
    assertThat(query).hasSameSizeAs(passage).isNotEqualTo(passage);
    List<String> log = Files.readAllLines(directory.resolve("workspace/runs/apart/training.jsonl"));
    assertThat(log.get(log.size() - 2)).contains("\"event\":\"round\"", "\"queue-fill\":24.0");
    readsAsOneModel(model, measure(result, "best"));
    trainsOnFromBoth(model, query, passage);
  }

  private static void readsAsOneModel(String pair, double best) throws IOException {
    String source = "model.source=" + pair;
    JobResult validated =
        new ValidateJob().run(context(source, "retrieve.output=" + path("validated")));
    assertThat(measure(validated, "measures")).isEqualTo(best);
    String vectors = path("vectors");
    new EncodeJob()
        .run(context(source, "data.collection=" + path("dev.tsv"), "encode.output=" + vectors));
    JobContext queries =
        context(
            source,
            "data.queries=" + path("dev-queries.tsv"),
            "data.qrels=" + path("dev-qrels.txt"),
            "retrieve.vectors=" + vectors,
            "retrieve.output=" + path("retrieved"));
    assertThat(measure(new RetrieveJob().run(queries), "measures")).isEqualTo(best);
  }

  private static void trainsOnFromBoth(String pair, float[] query, float[] passage)
      throws IOException {
    String source = "model.source=" + pair;
    JobResult further =
        train(
            source,
            "experiment.name=further",
            "model.shared-towers=false",
            "train.max-steps=1",
            "train.workers=1",
            "train.optimizer.learning-rate=1e-9");
    String model = (String) further.json().get("checkpoint");
    assertThat(encoder(model, "query").parameters()).containsExactly(query, within(1e-6f));
    assertThat(encoder(model, "passage").parameters()).containsExactly(passage, within(1e-6f));
    assertThatThrownBy(() -> train(source, "experiment.name=refused"))
        .isInstanceOfSatisfying(
            TandemException.class, e -> assertThat(e.kind()).isEqualTo(TandemException.Kind.USAGE))
        .hasMessageContaining("model.shared-towers=false");
  }

  private static PretrainedEncoder encoder(String model, String tower) throws IOException {
    return HuggingFaceDirectory.read(new org.apache.hadoop.fs.Path(model, tower), HADOOP);
  }

  @Test
  void trainsWithTheSymmetricLoss() throws IOException {
    JobResult result =
        train(
            "experiment.name=symmetric",
            "train.loss.type=info-nce-symmetric",
            "train.queue.size=0");
    assertThat(measure(result, "best")).isGreaterThan(measure(result, "before") + 0.1);
    assertThat(runs("symmetric").resolve("model/README.md"))
        .content()
        .contains("| train.loss.type | info-nce-symmetric |");
  }

  @Test
  void theSymmetricLossTakesAQueueAndIsAnotherLoss() throws IOException {
    double symmetric = lossOfTwoSteps("info-nce-symmetric", 24);
    assertThat(symmetric).isNotCloseTo(lossOfTwoSteps("info-nce", 24), within(1e-3));
    assertThat(symmetric).isNotCloseTo(lossOfTwoSteps("info-nce-symmetric", 0), within(1e-3));
  }

  /** With equal parameters and pairs; in the second step there is something in the queue. */
  private static double lossOfTwoSteps(String type, int queue) throws IOException {
    String run = type + "-" + queue;
    train(
        "experiment.name=" + run,
        "train.loss.type=" + type,
        "train.queue.size=" + queue,
        "train.max-steps=2",
        "train.validation.before=false");
    for (String line : Files.readAllLines(runs(run).resolve("training.jsonl"))) {
      JsonNode event = new ObjectMapper().readTree(line);
      if (event.get("event").asText().equals("round")) {
        return event.get("loss").asDouble();
      }
    }
    throw new AssertionError(run + " has no round");
  }

  private static Path runs(String name) {
    return directory.resolve("workspace/runs").resolve(name);
  }

  @Test
  void aResumedRunKeepsItsWorkersWhateverTheClusterHas() throws IOException {
    String[] settings = {
      "experiment.name=workers",
      "train.max-steps=6",
      "train.checkpoint.every-rounds=1",
      "train.validation.before=false"
    };
    train(with(settings, "train.workers=3"));
    assertThat(spark.defaultParallelism()).as("slots").isEqualTo(2);

    assertThat(train(settings).json()).as("found done").containsEntry("workers", 3);
    // As if killed before the last round.
    Files.delete(runs("workers").resolve("manifest.json"));
    Path last = runs("workers").resolve("checkpoints/step-00000006");
    FileSystem.getLocal(HADOOP).delete(new org.apache.hadoop.fs.Path(last.toUri()), true);
    assertThat(train(with(settings, "train.resume=true")).json())
        .containsEntry("workers", 3)
        .containsEntry("steps", 6);
    assertThatThrownBy(() -> train(with(settings, "train.resume=true", "train.workers=2")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("train.workers was 3 and is 2");
  }

  @Test
  void aRunIsResumedInThePrecisionItBeganWith() throws IOException {
    assumeTrue(
        EncoderEngines.trainingCompute("auto", "bfloat16") == Compute.BFLOAT16,
        "this CPU has neither AVX512_BF16 nor AMX");
    String[] settings = {
      "experiment.name=precision", "train.max-steps=2", "train.validation.before=false"
    };
    train(with(settings, "model.compute=bfloat16"));
    assertThat(runs("precision").resolve("model/README.md"))
        .content()
        .contains("| model.compute | bfloat16 |");
    assertThatThrownBy(() -> train(with(settings, "train.resume=true", "model.compute=float32")))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("model.compute was bfloat16 and is float32");
    // auto keeps to it, whatever would be faster here
    assertThat(train(with(settings, "train.resume=true")).json()).containsEntry("steps", 2);
  }

  private static String[] with(String[] settings, String... more) {
    return Stream.concat(Arrays.stream(settings), Arrays.stream(more)).toArray(String[]::new);
  }
}
