package dev.tandem.index.catalogue;

import dev.tandem.index.vector.PartFiles;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Files of a version that is being written, with their checksums. They are written under their
 * final names, as nothing counts before the manifest names it; so names must be unlike those of
 * other attempts. Used by one task; not thread-safe.
 */
public final class DraftFiles implements PartFiles {

  private final FileSystem fileSystem;
  private final Path directory;
  private final TreeMap<String, VersionFile> files = new TreeMap<>();

  /**
   * @param directory of the draft
   */
  public DraftFiles(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  /** Opens a file; it belongs to {@link #written} when it is closed. */
  @Override
  public OutputStream create(String name) throws IOException {
    return new Digesting(fileSystem.create(new Path(directory, name), true), name);
  }

  /** Removes what was written. */
  @Override
  public void discard() throws IOException {
    for (String name : files.keySet()) {
      fileSystem.delete(new Path(directory, name), false);
    }
    files.clear();
  }

  /** The files closed so far, by name. */
  public Map<String, VersionFile> written() {
    return Collections.unmodifiableMap(files);
  }

  private final class Digesting extends FilterOutputStream {

    private final MessageDigest digest = Sha256.digest();
    private final String name;
    private long bytes;
    private boolean closed;

    Digesting(OutputStream out, String name) {
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
        files.put(name, new VersionFile(bytes, Sha256.hex(digest)));
      }
    }
  }
}
