package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Creates a file with its content where there is none, so that of several who try at the same time
 * one succeeds.
 *
 * <p>No one way does that everywhere. On the local file system Hadoop's own {@code
 * create(overwrite=false)} looks and then creates, and its rename replaces; a hard link to a
 * finished file does it. On HDFS a rename onto a name that exists fails, atomically. Elsewhere the
 * file is created with {@code overwrite=false} and, after a pause, read again: who finds another's
 * content has lost. That is as exclusive as the store makes it: fully where creation is conditional
 * on the server (Google Cloud Storage, Azure; S3 with the conditional writes of newer Hadoop, which
 * are asked for), else unless a writer sleeps between the store's check and its upload for longer
 * than the pause.
 */
final class ExclusiveFile {

  /** How exclusiveness is had. */
  enum Means {
    /** A hard link to a finished file. */
    LINK,
    /** A rename that does not replace. */
    RENAME,
    /** A creation that does not overwrite, looked at again after a pause. */
    CREATE;

    static Means of(FileSystem fileSystem) {
      return switch (String.valueOf(fileSystem.getUri().getScheme())) {
        case "file" -> LINK;
        case "hdfs", "viewfs" -> RENAME;
        default -> CREATE;
      };
    }
  }

  private final FileSystem fileSystem;
  private final Means means;
  private final long pauseMillis;

  /**
   * @param pauseMillis for {@link Means#CREATE}, longer than it takes to upload a small file
   */
  ExclusiveFile(FileSystem fileSystem, Means means, long pauseMillis) {
    this.fileSystem = fileSystem;
    this.means = means;
    this.pauseMillis = pauseMillis;
  }

  /**
   * Creates the file.
   *
   * @param content unlike that of any other attempt
   * @return whether this call created it; false where it was there
   * @throws IOException where the file system fails; whether the file is there is then unknown
   */
  boolean create(Path file, byte[] content) throws IOException {
    if (means == Means.CREATE) {
      return createThere(file, content);
    }
    if (fileSystem.exists(file)) {
      return false;
    }
    Path temporary = new Path(file.getParent(), "." + file.getName() + "-" + UUID.randomUUID());
    try {
      try (OutputStream out = fileSystem.create(temporary, false)) {
        out.write(content);
      }
      return means == Means.LINK ? link(temporary, file) : fileSystem.rename(temporary, file);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      fileSystem.delete(temporary, false);
    }
  }

  private static boolean link(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(Paths.get(file.toUri().getPath()), Paths.get(temporary.toUri().getPath()));
      return true;
    } catch (java.nio.file.FileAlreadyExistsException e) {
      return false;
    }
  }

  private boolean createThere(Path file, byte[] content) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(file);
    builder.overwrite(false).recursive();
    // Known to S3A of Hadoop 3.4.2 and later, passed over by others.
    builder.opt("fs.option.create.conditional.overwrite", true);
    try (OutputStream out = builder.build()) {
      out.write(content);
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      // A conditional upload that lost fails when it is closed, and not by one known exception.
      Optional<byte[]> there = read(file);
      if (there.isPresent() && there.get().length > 0 && !Arrays.equals(there.get(), content)) {
        return false;
      }
      throw e;
    }
    pause();
    return read(file).map(found -> Arrays.equals(found, content)).orElse(false);
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(pauseMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while publishing", e);
    }
  }

  private Optional<byte[]> read(Path file) throws IOException {
    try (InputStream in = fileSystem.open(file)) {
      return Optional.of(in.readAllBytes());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }
}
