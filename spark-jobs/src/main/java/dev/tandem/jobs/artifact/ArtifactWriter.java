package dev.tandem.jobs.artifact;

import dev.tandem.jobs.failure.TandemException;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
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
 * <p>Jobs that write the same artifact at the same time share the working directory, and each has a
 * file in it, its claim. To publish, a job first renames the directory to a name of its own, which
 * only one can; the claims of the others are gone with it, and {@link #findOrWrite} takes over what
 * that job has published.
 */
public final class ArtifactWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ArtifactWriter.class);

  private static final int TAKES = 3;
  private static final int WAITS = 50;
  private static final long WAIT_MILLIS = 200;

  private static final String VERSION = "/dev/tandem/jobs/command/version.properties";

  private final Configuration hadoop;
  private final FileSystem fileSystem;
  private final Path target;
  private final Path working;
  private final String id = UUID.randomUUID().toString();
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
                kind.writtenVersion(this.configuration),
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
  }

  /** Writes the files of an artifact. */
  @FunctionalInterface
  public interface Filling {
    /**
     * Writes all files.
     *
     * @return the counts for the manifest
     * @throws IOException where the file system fails
     */
    Map<String, Long> fill(ArtifactWriter writer) throws IOException;
  }

  /**
   * Finds an artifact that is complete for the same inputs and configuration, or writes it; or
   * takes over that of another job that has written the same meanwhile. After bad data nothing is
   * left.
   *
   * @throws TandemException of kind ARTIFACT if something that is no artifact is in its place; and
   *     what the filling throws
   * @throws IOException where the file system fails
   */
  public static ArtifactDirectory findOrWrite(
      Configuration hadoop,
      Path target,
      ArtifactKind kind,
      Map<String, String> inputs,
      Map<String, ?> configuration,
      Filling filling)
      throws IOException {
    Optional<ArtifactDirectory> done =
        ArtifactDirectory.reusable(hadoop, target, kind, inputs, configuration);
    if (done.isPresent()) {
      return done.get();
    }
    ArtifactWriter writer = begin(hadoop, target, kind, inputs, configuration);
    try {
      return writer.publish(filling.fill(writer));
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      if (!writer.holdsClaim(writer.working)) {
        Optional<ArtifactDirectory> other = writer.publishedByAnother();
        if (other.isPresent()) {
          LOG.info("Another job has written {} at the same time", other.get().path());
          return other.get();
        }
      } else if (e instanceof TandemException bad && bad.kind() == TandemException.Kind.BAD_DATA) {
        writer.discard();
      }
      throw e;
    }
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
    for (Path taken : writer.taken()) {
      // A job was killed while it published
      writer.renamed(taken, writer.working);
    }
    if (writer.fileSystem.exists(writer.working)) {
      LOG.info(
          "Going on with {}, left unfinished by an earlier run or still written by another",
          writer.working);
    }
    if (!writer.fileSystem.mkdirs(writer.working)) {
      throw new IOException("Cannot create " + writer.working);
    }
    writer.fileSystem.create(writer.claim(writer.working), false).close();
    return writer;
  }

  /** Where the artifact's files go until it is published. */
  public Path directory() {
    return working;
  }

  /** Where the artifact is when it is published. */
  public Path target() {
    return target;
  }

  /** The parts written by tasks. */
  public PartDirectory parts() {
    return new PartDirectory(working);
  }

  /**
   * Opens a file of the artifact that the driver writes. It takes its place when it is closed,
   * whole, and replaces what an earlier run left: another job that writes the same artifact may be
   * publishing just now.
   *
   * @throws IOException where the file system fails
   */
  public OutputStream create(String name) throws IOException {
    Path written = new Path(new Path(new Path(working, PartDirectory.ATTEMPTS), id), name);
    Path place = new Path(working, name);
    return new FilterOutputStream(fileSystem.create(written, true)) {
      private boolean closed;

      @Override
      public void write(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
      }

      @Override
      public void close() throws IOException {
        if (!closed) {
          closed = true;
          super.close();
          fileSystem.mkdirs(place.getParent());
          if (!fileSystem.rename(written, place)) {
            // Not every file system renames over what is there.
            fileSystem.delete(place, false);
            if (!fileSystem.rename(written, place)) {
              throw new IOException("Cannot rename " + written + " to " + place);
            }
          }
        }
      }
    };
  }

  /**
   * Writes the manifest and puts the artifact in its place, where it replaces an older one. A
   * reader sees the old or the new one, or for a moment none, never a mixture.
   *
   * @throws TandemException of kind ARTIFACT if the artifact cannot be put there, or another job
   *     has taken the files
   * @throws IOException where the file system fails
   */
  public ArtifactDirectory publish(Map<String, Long> counts) throws IOException {
    writeManifest(counts);
    Path mine = new Path(target.getParent(), takenPrefix() + id);
    for (int take = 0; take < TAKES && holdsClaim(working) && renamed(working, mine); take++) {
      if (holdsClaim(mine) && putInPlace(mine)) {
        new PartDirectory(target).removeBookkeeping(fileSystem);
        removeOld();
        return ArtifactDirectory.open(hadoop, target, kind);
      }
      // Given back, to others or for another try: a job that began just now may have taken it
      renamed(mine, working);
    }
    throw new TandemException(
        TandemException.Kind.ARTIFACT,
        "Cannot put "
            + target
            + " in its place: "
            + (holdsClaim(working)
                ? "it cannot be renamed from "
                    + working
                    + ". Check who may write there. The finished files are kept: run the job again."
                : "another job that writes the same has taken the files. Run the job again."));
  }

  private boolean putInPlace(Path mine) throws IOException {
    Optional<Path> old = Optional.empty();
    try {
      old = moveOldAway();
      if (renamed(mine, target)) {
        return true;
      }
    } catch (IOException | RuntimeException e) {
      giveBack(mine, e);
      throw e;
    }
    if (old.isPresent() && !renamed(old.get(), target)) {
      LOG.error("The former {} is now at {}", target, old.get());
    }
    return false;
  }

  private void giveBack(Path mine, Exception cause) {
    try {
      renamed(mine, working);
    } catch (IOException e) {
      if (e != cause) {
        cause.addSuppressed(e);
      }
    }
  }

  /** Renames, or says that it did not: some file systems throw where there is nothing to rename. */
  private boolean renamed(Path from, Path to) throws IOException {
    try {
      return !fileSystem.exists(to) && fileSystem.rename(from, to);
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private void writeManifest(Map<String, Long> counts) throws IOException {
    Manifest manifest =
        new Manifest(
            kind.name(),
            kind.writtenVersion(configuration),
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

  private Path claim(Path directory) {
    return new Path(new Path(directory, PartDirectory.WRITERS), id);
  }

  private boolean holdsClaim(Path directory) throws IOException {
    return fileSystem.exists(claim(directory));
  }

  private String takenPrefix() {
    return working.getName() + ".publishing-";
  }

  /** Working directories for the same artifact that a job has taken to publish them. */
  private List<Path> taken() throws IOException {
    return siblings(takenPrefix());
  }

  private List<Path> siblings(String prefix) throws IOException {
    if (!fileSystem.exists(target.getParent())) {
      return List.of();
    }
    return Arrays.stream(fileSystem.listStatus(target.getParent()))
        .map(FileStatus::getPath)
        .filter(path -> path.getName().startsWith(prefix))
        .toList();
  }

  private Optional<ArtifactDirectory> publishedByAnother() throws IOException {
    for (int i = 0; i < WAITS && !taken().isEmpty(); i++) {
      try {
        Thread.sleep(WAIT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    if (!fileSystem.exists(claim(working).getParent())) {
      discard(); // what this writer has put there since
    }
    return ArtifactDirectory.reusable(hadoop, target, kind, inputs, configuration);
  }

  private Map<String, FileEntry> finishedFiles() throws IOException {
    PartDirectory parts = parts();
    Map<String, FileEntry> known = new TreeMap<>();
    for (FinishedPart part : parts.finished(fileSystem)) {
      known.putAll(part.files());
    }
    Map<String, FileEntry> files = new TreeMap<>();
    addFiles(working, "", known, files);
    return files;
  }

  /** Passes over the bookkeeping: another job may be at work there. */
  private void addFiles(
      Path directory, String prefix, Map<String, FileEntry> known, Map<String, FileEntry> files)
      throws IOException {
    for (FileStatus status : fileSystem.listStatus(directory)) {
      String name = prefix + status.getPath().getName();
      if (name.equals(Manifest.FILE_NAME) || PartDirectory.isBookkeeping(name)) {
        continue;
      }
      if (status.isDirectory()) {
        addFiles(status.getPath(), name + "/", known, files);
        continue;
      }
      FileEntry entry = known.get(name);
      if (entry == null || entry.bytes() != status.getLen()) {
        entry = new FileEntry(status.getLen(), ContentHash.ofFile(fileSystem, status.getPath()));
      }
      files.put(name, entry);
    }
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
    for (Path old : siblings(oldPrefix())) {
      fileSystem.delete(old, true);
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

  /** Tandem's name and version, as manifests have it. */
  public static String createdBy() {
    try (InputStream in = ArtifactWriter.class.getResourceAsStream(VERSION)) {
      Properties properties = new Properties();
      properties.load(in);
      return "tandem " + properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
