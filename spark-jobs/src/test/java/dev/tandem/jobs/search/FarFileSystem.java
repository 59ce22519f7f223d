package dev.tandem.jobs.search;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, as if it were a remote store. */
public final class FarFileSystem extends RawLocalFileSystem {
  @Override
  public URI getUri() {
    return URI.create("far:///");
  }

  @Override
  public String getScheme() {
    return "far";
  }
}
