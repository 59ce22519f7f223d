package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.command.CommandLineRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command bench, with small sizes and without Python. */
class BenchJobTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int bench(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--master",
                "local[2]",
                "workspace=" + directory,
                "bench.quick=true",
                "bench.repetitions=2",
                "bench.warmup=1",
                "bench.threads=2",
                "bench.python=no-such-python",
                "logging.progress=none",
                "spark.conf.spark.log.level=WARN"));
    all.addAll(List.of(arguments));
    return new CommandLineRunner(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(new BenchJob(), all.toArray(String[]::new));
  }

  @Test
  void everyBenchmarkRunsAndAPeerThatIsNotThereIsSaidSo() throws IOException {
    int status = bench("--json");

    assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    JsonNode ratios = json.path("ratios");
    assertThat(ratios.path("encode-vs-onnxruntime").asDouble()).isPositive();
    assertThat(ratios.path("averaging-round-vs-stock").asDouble()).isPositive();
    assertThat(ratios.has("train-vs-pytorch")).isFalse();
    for (String name :
        List.of(
            "train-vs-pytorch",
            "train-mixed-vs-pytorch",
            "tokenization",
            "search-vs-faiss",
            "graph-vs-faiss")) {
      assertThat(json.path("skipped").path(name).asText()).contains("no-such-python");
      assertThat(json.path("details").path(name).path("cases").get(0).path("tandem").size())
          .isPositive();
    }
    JsonNode encode = json.path("details").path("encode-vs-onnxruntime");
    assertThat(encode.path("largest-difference").asDouble(1)).isLessThan(1e-4);
    JsonNode averaging = json.path("details").path("averaging-round-vs-stock");
    for (String side : List.of("tandem-round", "stock-round")) {
      assertThat(averaging.path(side).path("train-seconds").asDouble()).isPositive();
      assertThat(averaging.path(side).path("overhead-seconds").asDouble()).isPositive();
    }
    assertThat(json.path("details").path("roofline").path("sgemm-gflops").asDouble()).isPositive();
    for (JsonNode file : json.path("files")) {
      assertThat(Files.readString(Path.of(file.asText()))).contains("train-vs-pytorch");
    }
  }

  @Test
  void oneBenchmarkAloneOverTextsOfAFile() throws IOException {
    Path texts = directory.resolve("texts.tsv");
    Files.writeString(texts, "d1\tA first text.\nd2\tAnd a second, somewhat longer text.\n");

    int status = bench("bench.only=[tokenization]", "bench.collection=" + texts);

    assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("| tokenization | 2 texts, at most 128 tokens, 1 thread |")
        .contains("the first 2 texts of " + texts)
        .doesNotContain("roofline");
  }

  @Test
  void anUnknownBenchmarkIsWrongUse() {
    int status =
        bench(
            "bench.only=[encode]",
            "bench.collection=/nowhere.tsv",
            "bench.python=/nowhere/python3");

    assertThat(status).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("bench.only")
        .contains("has encode; there are train-vs-pytorch, train-mixed-vs-pytorch")
        .contains("bench.collection")
        .contains("bench.python")
        .contains("there is no such program");
  }
}
