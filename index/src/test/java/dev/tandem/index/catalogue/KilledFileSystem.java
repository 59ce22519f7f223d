package dev.tandem.index.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system as a process sees it that is killed before its n-th change of it. The end
 * of writing a file is a change of its own: killed there, half of the file is left.
 */
final class KilledFileSystem extends PlainFileSystem {

  /** What a call after the kill throws. */
  static final class Killed extends IOException {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed");
    }
  }

  private final int changesToLive;
  private int changes;

  private KilledFileSystem(int changesToLive) {
    this.changesToLive = changesToLive;
  }

  /** A file system for a process that lives for so many changes. */
  static KilledFileSystem after(int changes) throws IOException {
    KilledFileSystem fileSystem = new KilledFileSystem(changes);
    fileSystem.initialize(URI.create("file:///"), new Configuration());
    return fileSystem;
  }

  boolean isKilled() {
    return changes > changesToLive;
  }

  private synchronized void change() throws Killed {
    if (++changes > changesToLive) {
      throw new Killed();
    }
  }

  private void checkAlive() throws Killed {
    if (isKilled()) {
      throw new Killed();
    }
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    checkAlive();
    return super.open(path, bufferSize);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    FsPermission permission = FsPermission.getFileDefault();
    return create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    change();
    FSDataOutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    ByteArrayOutputStream content =
        new ByteArrayOutputStream() {
          private boolean closed;

          @Override
          public void close() throws IOException {
            if (closed) {
              return;
            }
            closed = true;
            try (out) {
              out.write(toByteArray(), 0, size() / 2);
              change();
              out.write(toByteArray(), size() / 2, size() - size() / 2);
            }
          }
        };
    return new FSDataOutputStream(content, null);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    checkAlive();
    return super.mkdirs(path);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    change();
    return super.rename(from, to);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    change();
    return super.delete(path, recursive);
  }
}
