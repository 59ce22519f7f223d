package dev.tandem.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.checkpoint.CheckpointProgress;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The training log, {@code training.jsonl}: one JSON object a line, {@code "event"} first.
 *
 * <p>Object stores cannot append to a file, so the log is kept in memory and written whole beside
 * its place and renamed; a long training has a few thousand lines. It is written at most every ten
 * seconds and when it is flushed.
 */
final class TrainingLog {
  static final String FILE_NAME = "training.jsonl";
  private static final long INTERVAL_NANOS = 10_000_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fileSystem;
  private final Path file;
  private final List<String> lines = new ArrayList<>();
  private long written = System.nanoTime();

  private TrainingLog(FileSystem fileSystem, Path file) {
    this.fileSystem = fileSystem;
    this.file = file;
  }

  /**
   * The log of a run. Of an earlier part of the run it keeps what happened up to the step that the
   * run goes on from.
   *
   * @param directory of the run
   * @param step parameter updates so far; lines of later ones are dropped, as they happen again
   */
  static TrainingLog open(Configuration hadoop, Path directory, int step) throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    TrainingLog log = new TrainingLog(fileSystem, new Path(directory, FILE_NAME));
    if (step > 0 && fileSystem.exists(log.file)) {
      try (var in = fileSystem.open(log.file)) {
        new String(in.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> stepOf(line) <= step)
            .forEach(log.lines::add);
      }
    }
    return log;
  }

  private static int stepOf(String line) {
    try {
      JsonNode step = JSON.readTree(line).path("step");
      return step.asInt(0);
    } catch (IOException e) {
      throw new UncheckedIOException("not a line of a training log: " + line, e);
    }
  }

  /**
   * Adds a round that is done.
   *
   * @param progress after it
   * @param learningRate of its first step
   */
  void round(
      TrainingPlan.Round round,
      CheckpointProgress progress,
      RoundOutcome outcome,
      double learningRate)
      throws IOException {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("event", "round");
    event.put("round", round.number() + 1);
    event.put("step", progress.step());
    event.put("epoch", round.epoch() + 1);
    event.put("pairs", progress.pairs());
    event.put("loss", outcome.loss());
    event.put("learning-rate", learningRate);
    event.put("pairs-per-second", outcome.pairs() / outcome.seconds());
    event.put("queue-fill", outcome.queueFill());
    event.put("seconds", outcome.seconds());
    event.put("train-seconds", outcome.trainSeconds());
    event.put("broadcast-seconds", outcome.broadcastSeconds());
    event.put("wait-seconds", outcome.waitSeconds());
    event.put("leave-seconds", outcome.leaveSeconds());
    event.put("average-seconds", outcome.averageSeconds());
    event.put("restarts", outcome.restarts());
    add(event);
  }

  /** Adds a validation. */
  void validation(int step, Map<String, Double> measures, double seconds) throws IOException {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("event", "validation");
    event.put("step", step);
    event.put("measures", measures);
    event.put("seconds", seconds);
    add(event);
  }

  private void add(Map<String, ?> event) throws IOException {
    lines.add(JSON.writeValueAsString(event));
    if (System.nanoTime() - written > INTERVAL_NANOS) {
      flush();
    }
  }

  /** Writes it. */
  void flush() throws IOException {
    Path temporary = new Path(file.getParent(), "." + FILE_NAME + ".partial");
    try (OutputStream out = fileSystem.create(temporary, true)) {
      for (String line : lines) {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    Files.replace(fileSystem, temporary, file);
    written = System.nanoTime();
  }
}
