package dev.tandem.jobs.artifact;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes an artifact beside its place and renames it when it is complete.
 *
 * <p>The working directory {@code .NAME.partial-HASH} is a sibling of the target, and its hash
 * stands for kind, inputs and configuration: a job that was killed finds its finished parts there
 * (see {@link PartDirectory}) when it is started again for the same, and never those made for
 * something else. Used on the driver by one thread.
 *
 * <p>Jobs that write the same artifact at the same time share the working directory. The first to
 * publish takes it away; the others find that out by the file with which each has claimed the
 * directory, and take over what the first has published.
 */
public final class ArtifactWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ArtifactWriter.class);

  private static final String VERSION = "/dev/tandem/jobs/command/version.properties";

  private final Configuration hadoop;
  private final FileSystem fileSystem;
  private final Path target;
  private final Path working;
  private final Path claim;
  private final ArtifactKind kind;
  private final Map<String, String> inputs;
  private final Map<String, Object> configuration;

  private ArtifactWriter(
      Configuration hadoop,
      Path target,
      ArtifactKind kind,
      Map<String, String> inputs,
      Map<String, ?> configuration)
      throws IOException {
    this.hadoop = hadoop;
    this.fileSystem = target.getFileSystem(hadoop);
    this.target = fileSystem.makeQualified(target);
    this.kind = kind;
    this.inputs = new TreeMap<>(inputs);
    this.configuration = new TreeMap<>(configuration);
    String identity =
        new Manifest(
                kind.name(),
                kind.formatVersion(),
                this.inputs,
                this.configuration,
                Map.of(),
                Map.of(),
                createdBy(),
                "")
            .toJson();
    String hash = ContentHash.ofBytes(identity.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    this.working =
        new Path(this.target.getParent(), "." + this.target.getName() + ".partial-" + hash);
    this.claim = new Path(new Path(working, PartDirectory.WRITERS), UUID.randomUUID().toString());
  }

  /**
   * Starts writing an artifact, or goes on with one for the same inputs and configuration that was
   * left unfinished.
   *
   * @throws IOException where the file system fails
   */
  public static ArtifactWriter begin(
      Configuration hadoop,
      Path target,
      ArtifactKind kind,
      Map<String, String> inputs,
      Map<String, ?> configuration)
      throws IOException {
    ArtifactWriter writer = new ArtifactWriter(hadoop, target, kind, inputs, configuration);
    if (writer.fileSystem.exists(writer.working)) {
      LOG.info(
          "Going on with {}, left unfinished by an earlier run or still written by another",
          writer.working);
    }
    if (!writer.fileSystem.mkdirs(writer.working)) {
      throw new IOException("Cannot create " + writer.working);
    }
    writer.fileSystem.create(writer.claim, false).close();
    return writer;
  }

  /** Where the artifact's files go until it is published. */
  public Path directory() {
    return working;
  }

  /** The parts written by tasks. */
  public PartDirectory parts() {
    return new PartDirectory(working);
  }

  /**
   * Opens a file of the artifact that the driver writes; overwrites what an earlier run left.
   *
   * @throws IOException where the file system fails
   */
  public OutputStream create(String name) throws IOException {
    return fileSystem.create(new Path(working, name), true);
  }

  /**
   * Writes the manifest and puts the artifact in its place, where it replaces an older one. A
   * reader sees the old or the new one, or for a moment none, never a mixture.
   *
   * @return the artifact; that of another job where one has published the same meanwhile
   * @throws TandemException of kind ARTIFACT if the artifact cannot be put there, or another job
   *     has taken the files and its artifact is not complete
   * @throws IOException where the file system fails
   */
  public ArtifactDirectory publish(Map<String, Long> counts) throws IOException {
    try {
      writeManifest(counts);
    } catch (IOException | RuntimeException e) {
      // files that are listed vanish when another job publishes them
      if (holdsClaim()) {
        throw e;
      }
      return publishedByAnother();
    }
    if (!holdsClaim()) {
      return publishedByAnother();
    }
    Optional<Path> old = moveOldAway();
    if (!fileSystem.rename(working, target)) {
      if (old.isPresent() && !fileSystem.rename(old.get(), target)) {
        LOG.error("The former {} is now at {}", target, old.get());
      }
      if (!holdsClaim()) {
        return publishedByAnother();
      }
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "Cannot rename "
              + working
              + " to "
              + target
              + ". Check who may write there. The finished files are kept: run the job again.");
    }
    new PartDirectory(target).removeBookkeeping(fileSystem);
    removeOld();
    return ArtifactDirectory.open(hadoop, target, kind);
  }

  private void writeManifest(Map<String, Long> counts) throws IOException {
    Manifest manifest =
        new Manifest(
            kind.name(),
            kind.formatVersion(),
            inputs,
            configuration,
            counts,
            finishedFiles(),
            createdBy(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    try (OutputStream out = fileSystem.create(new Path(working, Manifest.FILE_NAME), true)) {
      out.write(manifest.toJson().getBytes(StandardCharsets.UTF_8));
    }
  }

  private boolean holdsClaim() throws IOException {
    return fileSystem.exists(claim);
  }

  private ArtifactDirectory publishedByAnother() throws IOException {
    if (!fileSystem.exists(claim.getParent())) {
      discard(); // what this writer has put there since
    }
    return ArtifactDirectory.reusable(hadoop, target, kind, inputs, configuration)
        .orElseThrow(
            () ->
                new TandemException(
                    TandemException.Kind.ARTIFACT,
                    "Another job has written "
                        + target
                        + " at the same time and taken the files, but it is not complete. Run the"
                        + " job again."));
  }

  private Map<String, FileEntry> finishedFiles() throws IOException {
    PartDirectory parts = parts();
    Map<String, FileEntry> known = new TreeMap<>();
    for (FinishedPart part : parts.finished(fileSystem)) {
      known.putAll(part.files());
    }
    Map<String, FileEntry> files = new TreeMap<>();
    String prefix = fileSystem.makeQualified(working).toUri().getPath() + "/";
    RemoteIterator<LocatedFileStatus> found = fileSystem.listFiles(working, true);
    while (found.hasNext()) {
      FileStatus status = found.next();
      String name = status.getPath().toUri().getPath().substring(prefix.length());
      if (name.equals(Manifest.FILE_NAME) || PartDirectory.isBookkeeping(name)) {
        continue;
      }
      FileEntry entry = known.get(name);
      if (entry == null || entry.bytes() != status.getLen()) {
        entry = new FileEntry(status.getLen(), ContentHash.ofFile(fileSystem, status.getPath()));
      }
      files.put(name, entry);
    }
    return files;
  }

  private Optional<Path> moveOldAway() throws IOException {
    if (!fileSystem.exists(target)) {
      return Optional.empty();
    }
    boolean ours =
        fileSystem.exists(new Path(target, Manifest.FILE_NAME))
            || (fileSystem.getFileStatus(target).isDirectory()
                && fileSystem.listStatus(target).length == 0);
    if (!ours) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          target
              + " exists and is no Tandem artifact; it is not overwritten. Move it away or choose"
              + " another output.");
    }
    Path old = new Path(target.getParent(), oldPrefix() + System.nanoTime());
    if (!fileSystem.rename(target, old)) {
      throw new IOException("Cannot rename " + target + " to " + old);
    }
    return Optional.of(old);
  }

  /** Removes former versions of the artifact, also those of runs that were killed before this. */
  private void removeOld() throws IOException {
    for (FileStatus sibling : fileSystem.listStatus(target.getParent())) {
      if (sibling.getPath().getName().startsWith(oldPrefix())) {
        fileSystem.delete(sibling.getPath(), true);
      }
    }
  }

  private String oldPrefix() {
    return "." + target.getName() + ".old-";
  }

  /**
   * Gives up: deletes everything written so far.
   *
   * @throws IOException where the file system fails
   */
  public void discard() throws IOException {
    fileSystem.delete(working, true);
  }

  private static String createdBy() {
    try (InputStream in = ArtifactWriter.class.getResourceAsStream(VERSION)) {
      Properties properties = new Properties();
      properties.load(in);
      return "tandem " + properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
