package dev.tandem.jobs.train.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactKind;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.train.averaging.FlatFloats;
import dev.tandem.model.queue.NegativeQueue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of a run, one artifact each under one directory, {@code step-<number>}. An
 * artifact appears under its name when it is complete; a killed run leaves no half checkpoint.
 *
 * <p>A checkpoint has {@code parameters.f32} and {@code updater.f32} (little-endian float32),
 * {@code queues.bin}, {@code progress.json}, and {@code model}, the same parameters as models that
 * other programs read.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final ArtifactKind KIND = new ArtifactKind("checkpoint", 2);
  private static final String PREFIX = "step-";
  private static final String PARAMETERS = "parameters.f32";
  private static final String UPDATER = "updater.f32";
  private static final String QUEUES = "queues.bin";
  private static final String PROGRESS = "progress.json";
  private static final String MODEL = "model";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Configuration hadoop;
  private final Path directory;
  private final Map<String, Object> identity;

  /** Writes a model into a directory. */
  @FunctionalInterface
  public interface ModelWriting {
    /**
     * Writes it.
     *
     * @param directory does not exist yet
     * @throws IOException where the file system fails
     */
    void to(Path directory) throws IOException;
  }

  /** A checkpoint found on disk. */
  public record Found(Path path, Map<String, Object> identity) {}

  /**
   * The store of a run.
   *
   * @param directory of the checkpoints, on any Hadoop file system
   * @param identity what the run's parameters are a function of: data, seed, workers, settings.
   *     Written into each checkpoint's manifest, to be compared before a run goes on from it
   */
  public CheckpointStore(Configuration hadoop, Path directory, Map<String, Object> identity) {
    this.hadoop = hadoop;
    this.directory = directory;
    this.identity = Map.copyOf(identity);
  }

  /**
   * Writes a checkpoint and returns its directory.
   *
   * @param model writes the same parameters as models that other programs read
   * @throws IOException where the file system fails
   */
  public Path write(TrainingCheckpoint checkpoint, ModelWriting model) throws IOException {
    CheckpointProgress progress = checkpoint.progress();
    Path target = new Path(directory, PREFIX + "%08d".formatted(progress.step()));
    FileSystem fileSystem = target.getFileSystem(hadoop);
    if (fileSystem.exists(target) && !fileSystem.exists(new Path(target, Manifest.FILE_NAME))) {
      // Half copied by a rename on an object store that was killed; the directory is the run's own
      fileSystem.delete(target, true);
    }
    ArtifactWriter writer = ArtifactWriter.begin(hadoop, target, KIND, Map.of(), identity);
    writeFloats(writer, PARAMETERS, checkpoint.parameters());
    writeFloats(writer, UPDATER, checkpoint.updaterState());
    try (OutputStream out = new BufferedOutputStream(writer.create(QUEUES))) {
      QueueFile.write(checkpoint.queues(), out);
    }
    try (OutputStream out = writer.create(PROGRESS)) {
      out.write(JSON.writeValueAsBytes(progress));
    }
    Path models = new Path(writer.directory(), MODEL);
    // What a killed run left of the same checkpoint
    models.getFileSystem(hadoop).delete(models, true);
    model.to(models);
    return writer.publish(Map.of("step", (long) progress.step(), "pairs", progress.pairs())).path();
  }

  private static void writeFloats(ArtifactWriter writer, String name, FlatFloats floats)
      throws IOException {
    try (OutputStream out = writer.create(name)) {
      floats.writeTo(out);
    }
  }

  /**
   * The newest complete checkpoint, not yet read. A damaged one is passed over with a warning.
   *
   * @throws IOException where the file system fails
   */
  public Optional<Found> latest() throws IOException {
    for (Path path : newestFirst()) {
      Optional<ArtifactDirectory> found = complete(path);
      if (found.isPresent()) {
        return found.map(it -> new Found(it.path(), it.manifest().configuration()));
      }
    }
    return Optional.empty();
  }

  private Optional<ArtifactDirectory> complete(Path path) throws IOException {
    try {
      return Optional.of(ArtifactDirectory.open(hadoop, path, KIND));
    } catch (TandemException e) {
      LOG.warn("Passing over the checkpoint {}: {}", path, e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Reads a checkpoint.
   *
   * @throws TandemException of kind ARTIFACT if its content is not what was written
   * @throws IOException where the file system fails
   */
  public TrainingCheckpoint read(Found found) throws IOException {
    ArtifactDirectory checkpoint = ArtifactDirectory.open(hadoop, found.path(), KIND);
    checkpoint.verifyChecksums(hadoop);
    FileSystem fileSystem = found.path().getFileSystem(hadoop);
    CheckpointProgress progress;
    try (InputStream in = fileSystem.open(checkpoint.file(PROGRESS))) {
      progress = JSON.readValue(in.readAllBytes(), CheckpointProgress.class);
    }
    Map<Integer, NegativeQueue.Snapshot> queues;
    try (InputStream in = new BufferedInputStream(fileSystem.open(checkpoint.file(QUEUES)))) {
      queues = QueueFile.read(in);
    }
    return new TrainingCheckpoint(
        progress,
        readFloats(fileSystem, checkpoint, PARAMETERS),
        readFloats(fileSystem, checkpoint, UPDATER),
        queues);
  }

  private static FlatFloats readFloats(
      FileSystem fileSystem, ArtifactDirectory checkpoint, String name) throws IOException {
    long bytes = checkpoint.manifest().files().get(name).bytes();
    try (InputStream in = fileSystem.open(checkpoint.file(name))) {
      return FlatFloats.readFrom(in, Math.toIntExact(bytes / 4));
    }
  }

  /**
   * Deletes all but the newest complete checkpoints. A damaged one does not count, or it would push
   * out those that a run can go on from; it goes when it is older than the ones kept.
   *
   * @param keep how many stay, at least 1
   * @throws IOException where the file system fails
   */
  public void prune(int keep) throws IOException {
    int kept = 0;
    for (Path path : newestFirst()) {
      if (kept >= Math.max(1, keep)) {
        path.getFileSystem(hadoop).delete(path, true);
      } else if (complete(path).isPresent()) {
        kept++;
      }
    }
  }

  private List<Path> newestFirst() throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    if (!fileSystem.exists(directory)) {
      return List.of();
    }
    List<Path> paths = new ArrayList<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      if (status.isDirectory() && status.getPath().getName().startsWith(PREFIX)) {
        paths.add(status.getPath());
      }
    }
    paths.sort(Comparator.comparing(Path::getName).reversed());
    return paths;
  }
}
