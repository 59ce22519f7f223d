package dev.tandem.jobs.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactKind;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.artifact.FileEntry;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.train.checkpoint.CheckpointStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The directory of a training run, {@code <workspace>/runs/<experiment.name>}: {@code model} (the
 * best parameters so far), {@code checkpoints}, {@code training.jsonl}, {@code metrics.json}, and
 * when the run is finished {@code manifest.json}.
 */
final class RunDirectory {
  private static final ArtifactKind KIND = new ArtifactKind("training-run", 1);
  private static final String MODEL = "model";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String METRICS = "metrics.json";
  private static final String TRAINER = ".trainer";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private final Configuration hadoop;
  private final FileSystem fileSystem;
  private final Path path;
  private final TreeMap<String, Object> identity;
  private final String trainer = UUID.randomUUID().toString();

  /**
   * The directory of a run; nothing is touched.
   *
   * @param identity what the run's parameters are a function of, by configuration key
   */
  RunDirectory(Configuration hadoop, Path path, Map<String, Object> identity) throws IOException {
    this.hadoop = hadoop;
    this.fileSystem = path.getFileSystem(hadoop);
    this.path = fileSystem.makeQualified(path);
    this.identity = new TreeMap<>(identity);
  }

  /**
   * What the run in a directory is a function of: as its manifest says where it is finished, else
   * its newest checkpoint; empty where there is neither.
   *
   * @throws TandemException of kind ARTIFACT if the manifest is damaged
   */
  static Map<String, Object> recorded(Configuration hadoop, Path path) throws IOException {
    if (path.getFileSystem(hadoop).exists(new Path(path, Manifest.FILE_NAME))) {
      return ArtifactDirectory.open(hadoop, path, KIND).manifest().configuration();
    }
    return new CheckpointStore(hadoop, new Path(path, CHECKPOINTS), Map.of())
        .latest()
        .map(CheckpointStore.Found::identity)
        .orElse(Map.of());
  }

  Path path() {
    return path;
  }

  Path model() {
    return new Path(path, MODEL);
  }

  CheckpointStore checkpoints() {
    return new CheckpointStore(hadoop, new Path(path, CHECKPOINTS), identity);
  }

  TrainingLog log(int step) throws IOException {
    return TrainingLog.open(hadoop, path, step);
  }

  /**
   * Looks at what is there before a run starts.
   *
   * @param resume whether the run may go on from what is there
   * @return the summary where the same run is already finished
   * @throws TandemException of kind ARTIFACT if another run is there, or an unfinished one and
   *     {@code resume} is false
   */
  Optional<TrainingSummary> begin(boolean resume) throws IOException {
    if (fileSystem.exists(new Path(path, Manifest.FILE_NAME))) {
      ArtifactDirectory run = ArtifactDirectory.open(hadoop, path, KIND);
      requireSame(run.manifest().configuration(), "was trained");
      try (InputStream in = fileSystem.open(new Path(path, METRICS))) {
        return Optional.of(JSON.readValue(in.readAllBytes(), TrainingSummary.class));
      }
    }
    boolean empty = !fileSystem.exists(path) || fileSystem.listStatus(path).length == 0;
    if (!empty && !resume) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          path
              + " has a training run that did not finish. Go on with it: train.resume=true; or"
              + " start another: experiment.name=OTHER-NAME; or delete the directory.");
    }
    fileSystem.mkdirs(path);
    Files.write(fileSystem, new Path(path, TRAINER), trainer.getBytes(StandardCharsets.UTF_8));
    for (String name : List.of(MODEL, TrainingLog.FILE_NAME)) {
      Files.restore(fileSystem, new Path(path, name));
    }
    return Optional.empty();
  }

  /**
   * Makes sure that no other process has begun to train the run since this one did. Whether the one
   * before still lives cannot be told, so the last to begin goes on and the others stop.
   *
   * @throws TandemException of kind ARTIFACT if one has
   */
  void requireOwn() throws IOException {
    String now;
    try (InputStream in = fileSystem.open(new Path(path, TRAINER))) {
      now = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      now = "";
    }
    if (!now.equals(trainer)) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "Another process has begun to train the run in "
              + path
              + " and goes on with it, so this one stops. To train another run at the same time,"
              + " give it a name of its own: experiment.name=OTHER-NAME.");
    }
  }

  /**
   * The checkpoint to go on from; none where the run was stopped before its first.
   *
   * @throws TandemException of kind ARTIFACT if it is of a run with other settings or other data,
   *     naming each
   */
  Optional<CheckpointStore.Found> resumeFrom() throws IOException {
    Optional<CheckpointStore.Found> found = checkpoints().latest();
    if (found.isPresent()) {
      requireSame(found.get().identity(), "was started");
    }
    return found;
  }

  private void requireSame(Map<String, Object> there, String how) {
    TreeSet<String> keys = new TreeSet<>(identity.keySet());
    keys.addAll(there.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String was = String.valueOf(there.get(key));
      String is = String.valueOf(identity.get(key));
      if (!was.equals(is)) {
        differences.add("%s was %s and is %s".formatted(key, was, is));
      }
    }
    if (!differences.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "The run in "
              + path
              + " "
              + how
              + " with other settings: "
              + String.join("; ", differences)
              + ". Set them as they were, or start another run with experiment.name=OTHER-NAME.");
    }
  }

  /** Writes the best model so far in place of an earlier one. */
  void writeModel(CheckpointStore.ModelWriting writing) throws IOException {
    requireOwn();
    Path temporary = new Path(path, "." + MODEL + ".partial");
    fileSystem.delete(temporary, true);
    writing.to(temporary);
    Files.replace(fileSystem, temporary, model());
  }

  /** Marks the run as finished. */
  void finish(TrainingSummary summary) throws IOException {
    requireOwn();
    Files.write(fileSystem, new Path(path, METRICS), JSON.writeValueAsBytes(summary));
    Map<String, FileEntry> files = new TreeMap<>();
    RemoteIterator<LocatedFileStatus> found = fileSystem.listFiles(model(), true);
    while (found.hasNext()) {
      add(files, found.next());
    }
    add(files, fileSystem.getFileStatus(new Path(path, METRICS)));
    String version = RunDirectory.class.getPackage().getImplementationVersion();
    Manifest manifest =
        new Manifest(
            KIND.name(),
            KIND.formatVersion(),
            Map.of(),
            identity,
            Map.of("steps", (long) summary.steps(), "pairs", summary.pairs()),
            files,
            "tandem " + (version == null ? "development build" : version),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    Files.write(
        fileSystem,
        new Path(path, Manifest.FILE_NAME),
        manifest.toJson().getBytes(StandardCharsets.UTF_8));
    fileSystem.delete(new Path(path, TRAINER), false);
  }

  private void add(Map<String, FileEntry> files, FileStatus file) throws IOException {
    String name = file.getPath().toUri().getPath().substring(path.toUri().getPath().length() + 1);
    files.put(name, new FileEntry(file.getLen(), ContentHash.ofFile(fileSystem, file.getPath())));
  }
}
