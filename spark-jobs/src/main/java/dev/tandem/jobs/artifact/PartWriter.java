package dev.tandem.jobs.artifact;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes the files of one part in a directory of this attempt and moves them to their places on
 * commit, the marker last. Used by one task; not thread-safe.
 */
public final class PartWriter implements AutoCloseable {
  private final PartDirectory directory;
  private final FileSystem fileSystem;
  private final String part;
  private final Path attempt;
  private final TreeMap<String, FileEntry> files = new TreeMap<>();
  private int open;

  PartWriter(PartDirectory directory, FileSystem fileSystem, String part) throws IOException {
    this.directory = directory;
    this.fileSystem = fileSystem;
    this.part = part;
    this.attempt =
        new Path(
            new Path(directory.path(), PartDirectory.ATTEMPTS), part + "-" + UUID.randomUUID());
    if (!fileSystem.mkdirs(attempt)) {
      throw new IOException("Cannot create " + attempt);
    }
  }

  /**
   * Opens a file of the part. Close it before {@link #commit}.
   *
   * @param name its final name in the artifact, unique among all parts
   * @throws IOException where the file system fails
   */
  public OutputStream create(String name) throws IOException {
    open++;
    return new Checked(fileSystem.create(new Path(attempt, name), true), name);
  }

  /**
   * Puts the part in its place and marks it finished. Where another attempt was first, its files
   * stay.
   *
   * @throws IOException where the file system fails
   */
  public FinishedPart commit(Map<String, Long> counts) throws IOException {
    if (open != 0) {
      throw new IllegalStateException(open + " files of " + part + " are still open");
    }
    FinishedPart finished = new FinishedPart(part, files, new TreeMap<>(counts));
    Path marker = directory.marker(part);
    if (!fileSystem.exists(marker)) {
      for (String name : files.keySet()) {
        move(new Path(attempt, name), new Path(directory.path(), name));
      }
      Path written = new Path(attempt, "marker.json");
      try (OutputStream out = fileSystem.create(written, true)) {
        out.write(PartDirectory.JSON.writeValueAsBytes(finished));
      }
      fileSystem.mkdirs(marker.getParent());
      move(written, marker);
    }
    return finished;
  }

  private void move(Path from, Path to) throws IOException {
    fileSystem.delete(to, false);
    if (!fileSystem.rename(from, to)) {
      throw new IOException("Cannot rename " + from + " to " + to);
    }
  }

  /** Removes what was not committed. */
  @Override
  public void close() throws IOException {
    fileSystem.delete(attempt, true);
  }

  private final class Checked extends FilterOutputStream {
    private final MessageDigest digest = ContentHash.digest();
    private final String name;
    private long bytes;
    private boolean closed;

    Checked(OutputStream out, String name) {
      super(out);
      this.name = name;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      digest.update((byte) b);
      bytes++;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      out.write(buffer, offset, length);
      digest.update(buffer, offset, length);
      bytes += length;
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        super.close();
        files.put(name, new FileEntry(bytes, ContentHash.hex(digest)));
        open--;
      }
    }
  }
}
