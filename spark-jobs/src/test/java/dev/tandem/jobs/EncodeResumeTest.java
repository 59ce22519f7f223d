package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.artifact.FaultyFileSystem.Operation;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command encode, killed in its last part and started again. */
class EncodeResumeTest {
  private static final List<String> WORDS = List.of("list", "sort", "file", "read", "map", "key");
  private static final String LAST_PART = "part-00002";

  @TempDir static Path directory;
  private static JavaSparkContext spark;

  @BeforeAll
  static void prepare() throws IOException {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[1]") // one part after the other, the last one last
            .setAppName("EncodeResumeTest")
            .set("spark.ui.enabled", "false");
    for (var setting : FaultyFileSystem.configuration()) {
      if (setting.getKey().startsWith("fs.file.impl")) {
        conf.set("spark.hadoop." + setting.getKey(), setting.getValue());
      }
    }
    spark = new JavaSparkContext(conf);
    TinyModelDirectory.write(directory.resolve("model"), 1, WORDS);
    StringBuilder corpus = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      String text = WORDS.get(i % 6) + " " + WORDS.get(i / 6 % 6) + " " + WORDS.get(i / 36 % 6);
      corpus.append("p").append(i).append('\t').append(text).append('\n');
    }
    Files.writeString(directory.resolve("corpus.tsv"), corpus);
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  private static JobResult encode(String output) throws IOException {
    LoadedConfig loaded =
        new ConfigLoader(new Configuration())
            .load(
                new ConfigSources(
                    List.of(),
                    List.of(
                        "workspace=" + directory.resolve("workspace"),
                        "model.source=" + directory.resolve("model"),
                        "data.collection=" + directory.resolve("corpus.tsv"),
                        "data.passage-max-length=24",
                        "data.query-max-length=24",
                        "encode.output=" + directory.resolve(output))));
    assertThat(loaded.problems().list()).isEmpty();
    return new EncodeJob().run(JobContext.around(spark, loaded.config(), ProgressReporter.none()));
  }

  private static ArtifactDirectory open(String output) throws IOException {
    return ArtifactDirectory.open(
        new Configuration(),
        new org.apache.hadoop.fs.Path(directory.resolve(output).toUri()),
        VectorShards.KIND);
  }

  @Test
  void goesOnFromTheFinishedPartsToTheSameVectors() throws IOException {
    encode("whole");
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.CREATE && path.getName().startsWith(LAST_PART)) {
            throw new IOException("killed");
          }
        });
    assertThatThrownBy(() -> encode("resumed"))
        .isInstanceOf(SparkException.class)
        .hasMessageContaining("killed");
    assertThat(directory.resolve("resumed")).doesNotExist();

    Set<String> created = ConcurrentHashMap.newKeySet();
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.CREATE && path.getName().startsWith("part-")) {
            created.add(path.getName());
          }
        });
    assertThat(encode("resumed").json()).containsEntry("passages", 600L);

    assertThat(created)
        .containsExactlyInAnyOrder(
            LAST_PART + ".f32", LAST_PART + ".ids", LAST_PART + ".passages", LAST_PART + ".json");
    ArtifactDirectory resumed = open("resumed");
    resumed.verifyChecksums(new Configuration());
    // Names, lengths and checksums
    assertThat(resumed.manifest().files()).isEqualTo(open("whole").manifest().files()).hasSize(12);
    assertThat(resumed.manifest().counts()).isEqualTo(open("whole").manifest().counts());
  }
}
