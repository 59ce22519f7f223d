package dev.tandem.jobs.artifact;

import dev.tandem.jobs.failure.TandemException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A complete artifact that was found to be what was asked for. Immutable. */
public final class ArtifactDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(ArtifactDirectory.class);

  private final Path path;
  private final Manifest manifest;

  private ArtifactDirectory(Path path, Manifest manifest) {
    this.path = path;
    this.manifest = manifest;
  }

  /**
   * Opens an artifact and checks that it is of the kind, of a known format version, and that every
   * file is there with its length.
   *
   * @throws TandemException of kind ARTIFACT, saying what is wrong and what to do
   * @throws IOException where the file system fails
   */
  public static ArtifactDirectory open(Configuration hadoop, Path path, ArtifactKind kind)
      throws IOException {
    FileSystem fileSystem = path.getFileSystem(hadoop);
    Path qualified = fileSystem.makeQualified(path);
    Manifest manifest = readManifest(fileSystem, qualified, kind);
    if (!manifest.kind().equals(kind.name())) {
      throw artifact(
          qualified
              + " is an artifact of kind '"
              + manifest.kind()
              + "', here '"
              + kind.name()
              + "' is needed. Name the directory of a '"
              + kind.name()
              + "' artifact.");
    }
    if (manifest.formatVersion() > kind.formatVersion()) {
      throw artifact(
          qualified
              + " has unknown version "
              + manifest.formatVersion()
              + " of "
              + kind.name()
              + ", this Tandem reads up to "
              + kind.formatVersion()
              + ". It was written by "
              + manifest.createdBy()
              + ": use that version or a newer one.");
    }
    for (Map.Entry<String, FileEntry> file : manifest.files().entrySet()) {
      checkLength(fileSystem, qualified, file.getKey(), file.getValue());
    }
    return new ArtifactDirectory(qualified, manifest);
  }

  /**
   * The artifact at a path if it is complete for the same inputs and configuration; says so in the
   * log. A damaged one or one for something else is as good as none.
   *
   * @throws IOException where the file system fails
   */
  public static Optional<ArtifactDirectory> reusable(
      Configuration hadoop,
      Path path,
      ArtifactKind kind,
      Map<String, String> inputs,
      Map<String, ?> configuration)
      throws IOException {
    FileSystem fileSystem = path.getFileSystem(hadoop);
    if (!fileSystem.exists(new Path(path, Manifest.FILE_NAME))) {
      return Optional.empty();
    }
    try {
      ArtifactDirectory found = open(hadoop, path, kind);
      if (!found.manifest.isFor(kind, inputs, configuration)) {
        LOG.info("{} is for other inputs or another configuration; it will be replaced", path);
        return Optional.empty();
      }
      LOG.info(
          "Reusing {}: complete for the same inputs and configuration since {}",
          found.path,
          found.manifest.createdAt());
      return Optional.of(found);
    } catch (TandemException e) {
      LOG.warn("Making {} again: {}", path, e.getMessage());
      return Optional.empty();
    }
  }

  private static Manifest readManifest(FileSystem fileSystem, Path path, ArtifactKind kind)
      throws IOException {
    byte[] json;
    try (FSDataInputStream in = fileSystem.open(new Path(path, Manifest.FILE_NAME))) {
      json = in.readAllBytes();
    } catch (FileNotFoundException e) {
      String what =
          fileSystem.exists(path)
              ? " is no complete artifact: it has no " + Manifest.FILE_NAME
              : " does not exist";
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          path
              + what
              + ". Here an artifact of kind '"
              + kind.name()
              + "' is needed: run the job that makes it, or check the path.",
          e);
    }
    try {
      return Manifest.parse(json);
    } catch (IOException e) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          new Path(path, Manifest.FILE_NAME)
              + " is damaged ("
              + e.getMessage().lines().findFirst().orElse("")
              + "). Delete "
              + path
              + " and make it again.",
          e);
    }
  }

  private static void checkLength(
      FileSystem fileSystem, Path directory, String name, FileEntry entry) throws IOException {
    Path file = new Path(directory, name);
    FileStatus status;
    try {
      status = fileSystem.getFileStatus(file);
    } catch (FileNotFoundException e) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          file
              + " is missing, the manifest names it. Delete "
              + directory
              + " and make it again, or restore the file.",
          e);
    }
    if (status.getLen() != entry.bytes()) {
      throw artifact(
          file
              + " has "
              + status.getLen()
              + " bytes, the manifest says "
              + entry.bytes()
              + ". It is damaged: delete "
              + directory
              + " and make it again.");
    }
  }

  private static TandemException artifact(String message) {
    return new TandemException(TandemException.Kind.ARTIFACT, message);
  }

  /**
   * Reads every file and compares its checksum.
   *
   * @throws TandemException of kind ARTIFACT naming the first file that differs
   * @throws IOException where the file system fails
   */
  public void verifyChecksums(Configuration hadoop) throws IOException {
    FileSystem fileSystem = path.getFileSystem(hadoop);
    for (Map.Entry<String, FileEntry> file : manifest.files().entrySet()) {
      String found = ContentHash.ofFile(fileSystem, file(file.getKey()));
      if (!found.equals(file.getValue().sha256())) {
        throw artifact(
            file(file.getKey())
                + " has SHA-256 "
                + found
                + ", the manifest says "
                + file.getValue().sha256()
                + ". It is damaged: delete "
                + path
                + " and make it again.");
      }
    }
  }

  /** Qualified path of the directory. */
  public Path path() {
    return path;
  }

  /** Its manifest. */
  public Manifest manifest() {
    return manifest;
  }

  /** Path of one of its files. */
  public Path file(String name) {
    return new Path(path, name);
  }
}
