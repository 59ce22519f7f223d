package dev.tandem.jobs.artifact;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The working directory of an artifact as tasks see it. Each task writes one part of one or more
 * files; a finished part leaves a marker in {@code _done}, so that the next run skips it. Attempts
 * of a task write under names of their own, so a retried or speculative one does no harm.
 */
public final class PartDirectory implements Serializable {
  private static final long serialVersionUID = 1L;
  static final String DONE = "_done";
  static final String ATTEMPTS = "_attempts";
  static final String WRITERS = "_writers";
  static final ObjectMapper JSON = new ObjectMapper();

  private final String directory;

  PartDirectory(Path directory) {
    this.directory = directory.toString();
  }

  Path path() {
    return new Path(directory);
  }

  Path marker(String part) {
    return new Path(new Path(path(), DONE), part + ".json");
  }

  /** A part's usual name, {@code part-00003} for 3. */
  public static String partName(int index) {
    return String.format("part-%05d", index);
  }

  /**
   * The part if an earlier task finished it.
   *
   * @throws IOException where the file system fails
   */
  public Optional<FinishedPart> finished(Configuration hadoop, String part) throws IOException {
    return readMarker(path().getFileSystem(hadoop), marker(part));
  }

  /**
   * Begins a part; close it without committing to give it up.
   *
   * @throws IOException where the file system fails
   */
  public PartWriter begin(Configuration hadoop, String part) throws IOException {
    return new PartWriter(this, path().getFileSystem(hadoop), part);
  }

  /** Whether a name in the directory is that of markers, attempts or claims, or of one of these. */
  static boolean isBookkeeping(String name) {
    return Stream.of(DONE, ATTEMPTS, WRITERS)
        .anyMatch(folder -> name.equals(folder) || name.startsWith(folder + "/"));
  }

  /** All finished parts, by name. */
  List<FinishedPart> finished(FileSystem fileSystem) throws IOException {
    Path done = new Path(path(), DONE);
    List<FinishedPart> parts = new ArrayList<>();
    if (fileSystem.exists(done)) {
      for (FileStatus status : fileSystem.listStatus(done)) {
        readMarker(fileSystem, status.getPath()).ifPresent(parts::add);
      }
    }
    parts.sort(Comparator.comparing(FinishedPart::name));
    return parts;
  }

  void removeBookkeeping(FileSystem fileSystem) throws IOException {
    fileSystem.delete(new Path(path(), DONE), true);
    fileSystem.delete(new Path(path(), ATTEMPTS), true);
    fileSystem.delete(new Path(path(), WRITERS), true);
  }

  private static Optional<FinishedPart> readMarker(FileSystem fileSystem, Path marker)
      throws IOException {
    try (InputStream in = fileSystem.open(marker)) {
      return Optional.of(JSON.readValue(in.readAllBytes(), FinishedPart.class));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }
}
