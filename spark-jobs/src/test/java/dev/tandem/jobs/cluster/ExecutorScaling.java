package dev.tandem.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.util.Utils;

/**
 * Measures what a second executor of one core brings: pairs per second of {@code train} and
 * passages per second of {@code encode} with one and with two executors in turns, each a process of
 * its own on a standalone cluster of this machine. The jar must be packaged. Run it with the test
 * class path in {@code spark-jobs}; it prints the rates, their medians and the ratios.
 *
 * <p>Arguments: {@code COLLECTION QUERIES QRELS REPETITIONS train|encode [key=value...]}. The
 * settings must make more than one round. A rate has what comes with the work: the model's way to
 * the executors, averaging, writing; not the start of processes, nor in training the first round,
 * in which they compile their code.
 */
final class ExecutorScaling {
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private final StandaloneCluster cluster;
  private final Path jar;
  private final Path directory;
  private final List<String> data;
  private final List<String> settings;

  private ExecutorScaling(
      StandaloneCluster cluster,
      Path jar,
      Path directory,
      List<String> data,
      List<String> settings) {
    this.cluster = cluster;
    this.jar = jar;
    this.directory = directory;
    this.data = data;
    this.settings = settings;
  }

  /** Measures. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("executor-scaling");
    Path jar = SparkHome.packagedJar();
    SparkHome home = SparkHome.assemble(directory.resolve("spark"), jar);
    try (StandaloneCluster cluster =
        StandaloneCluster.start(home, directory.resolve("cluster"), 2, "3g")) {
      new ExecutorScaling(
              cluster,
              jar,
              directory,
              List.of(
                  "data.collection=" + arguments[0],
                  "data.train.collection=" + arguments[0],
                  "data.train.queries=" + arguments[1],
                  "data.train.qrels=" + arguments[2]),
              Arrays.asList(arguments).subList(5, arguments.length))
          .measure(arguments[4].equals("train"), Integer.parseInt(arguments[3]));
    } finally {
      Utils.deleteRecursively(directory.toFile());
    }
  }

  private void measure(boolean training, int repetitions) throws IOException, InterruptedException {
    run("PrepareJob", 2, "prepare");
    String unit = training ? "pairs/s" : "passages/s";
    List<List<Double>> rates = List.of(new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < repetitions; i++) {
      for (int executors = 1; executors <= 2; executors++) {
        String name = "of-" + executors + "-" + i;
        double rate = training ? trainingRate(executors, name) : encodingRate(executors, name);
        System.out.printf("%d: %.1f %s%n", executors, rate, unit);
        rates.get(executors - 1).add(rate);
      }
    }
    double one = median(rates.get(0));
    double two = median(rates.get(1));
    System.out.printf(
        "medians: %.1f %s with one executor, %.1f with two: %.2f times%n",
        one, unit, two, two / one);
  }

  private double encodingRate(int executors, String name) throws IOException, InterruptedException {
    JsonNode encoded = run("EncodeJob", executors, name);
    return encoded.get("passages").asDouble() / encoded.get("seconds").asDouble();
  }

  /** Pairs per second after the first round, in which processes compile their code. */
  private double trainingRate(int executors, String name) throws IOException, InterruptedException {
    JsonNode trained = run("TrainJob", executors, name);
    Path run = Path.of(trained.get("run").asText().replaceFirst("^file:", ""));
    long first = 0;
    long last = 0;
    double seconds = 0;
    for (String line : Files.readAllLines(run.resolve("training.jsonl"))) {
      JsonNode event = new ObjectMapper().readTree(line);
      if (event.get("event").asText().equals("round")) {
        last = event.get("pairs").asLong();
        if (first == 0) {
          first = last;
        } else {
          seconds += event.get("seconds").asDouble();
        }
      }
    }
    return (last - first) / seconds;
  }

  private JsonNode run(String job, int executors, String name)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    for (String property :
        List.of(
            "spark.cores.max=" + executors,
            "spark.executor.cores=1",
            "spark.executor.memory=1500m",
            "spark.driver.memory=1500m",
            "spark.driver.host=127.0.0.1",
            "spark.ui.enabled=false")) {
      words.addAll(List.of("--conf", property));
    }
    words.addAll(List.of("--class", "dev.tandem.jobs." + job, jar.toString()));
    words.add("workspace=" + directory.resolve("workspace"));
    words.add("experiment.name=" + name);
    words.addAll(data);
    words.addAll(settings);
    words.add("--json");
    try (StandaloneCluster.Submission submission = cluster.submit(job + "-" + name, words)) {
      StandaloneCluster.Outcome outcome = submission.await(LIMIT);
      if (outcome.exitStatus() != 0) {
        throw new IllegalStateException(job + " failed:\n" + outcome.messages());
      }
      return new ObjectMapper().readTree(outcome.output());
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
