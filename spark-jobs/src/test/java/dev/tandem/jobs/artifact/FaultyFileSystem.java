package dev.tandem.jobs.artifact;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system, with a kill where a test wants one: before anything is created, finished,
 * renamed or deleted the test is asked, and what it throws ends the program under test there.
 */
public final class FaultyFileSystem extends LocalFileSystem {
  private static final Fault NONE = (operation, path, target) -> {};
  private static volatile Fault fault = NONE;

  /** What would change the file system. */
  public enum Operation {
    CREATE,
    /** The end of writing a file; killed there, half of it is left. */
    FINISH,
    RENAME,
    DELETE
  }

  /** Decides what fails. */
  @FunctionalInterface
  public interface Fault {
    /**
     * Throws for a kill before the operation.
     *
     * @param target where a rename goes; null for others
     */
    void before(Operation operation, Path path, Path target) throws IOException;
  }

  /** Sets what fails from now on. */
  public static void breakWith(Fault breaking) {
    fault = breaking;
  }

  /** Nothing fails any more. */
  public static void mend() {
    fault = NONE;
  }

  /** A Hadoop configuration whose local file system is this one. */
  public static Configuration configuration() {
    Configuration hadoop = new Configuration();
    hadoop.set("fs.file.impl", FaultyFileSystem.class.getName());
    // Not the one that other tests of this process opened, nor this one in theirs
    hadoop.setBoolean("fs.file.impl.disable.cache", true);
    return hadoop;
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
    fault.before(Operation.CREATE, path, null);
    FSDataOutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    return fault == NONE ? out : new FSDataOutputStream(new HalfWritten(out, path), null);
  }

  /** Writes a file when it is closed, or half of it. */
  private static final class HalfWritten extends ByteArrayOutputStream {
    private final FSDataOutputStream out;
    private final Path path;
    private boolean closed;

    HalfWritten(FSDataOutputStream out, Path path) {
      this.out = out;
      this.path = path;
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      int half = size() / 2;
      try (out) {
        out.write(toByteArray(), 0, half);
        fault.before(Operation.FINISH, path, null);
        out.write(toByteArray(), half, size() - half);
      }
    }
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    fault.before(Operation.RENAME, from, to);
    return super.rename(from, to);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    fault.before(Operation.DELETE, path, null);
    return super.delete(path, recursive);
  }
}
