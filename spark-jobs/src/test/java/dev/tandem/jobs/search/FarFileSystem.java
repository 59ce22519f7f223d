package dev.tandem.jobs.search;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, as if it were a remote store. */
public final class FarFileSystem extends RawLocalFileSystem {
  private static final AtomicReference<String> FAILING = new AtomicReference<>();

  /** Makes reading of files and directories fail whose paths have this in them; null for none. */
  public static void failFor(String part) {
    FAILING.set(part);
  }

  private static void requireReachable(Path path) throws IOException {
    String failing = FAILING.get();
    if (failing != null && path.toString().contains(failing)) {
      throw new IOException("connection reset");
    }
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    requireReachable(path);
    return super.open(path, bufferSize);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    requireReachable(path);
    return super.listStatus(path);
  }

  @Override
  public URI getUri() {
    return URI.create("far:///");
  }

  @Override
  public String getScheme() {
    return "far";
  }
}
