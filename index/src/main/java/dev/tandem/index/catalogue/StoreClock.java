package dev.tandem.index.catalogue;

import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The time by the clock that stamps files, so that the ages of files do not depend on the clocks of
 * those who compare them.
 */
class StoreClock {

  private final FileSystem fileSystem;
  private final Path directory;

  /**
   * @param directory where it may write a file
   */
  StoreClock(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  /** Milliseconds since 1970. */
  long now() throws IOException {
    Path probe = new Path(directory, ".now-" + UUID.randomUUID());
    try {
      try (OutputStream out = fileSystem.create(probe, false)) {
        out.write('\n');
      }
      return fileSystem.getFileStatus(probe).getModificationTime();
    } finally {
      fileSystem.delete(probe, false);
    }
  }
}
