package dev.tandem.index.catalogue;

import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.io.TempDir;

/** The catalogue on the local file system. */
class LocalCatalogueTest extends CatalogueContract {

  @TempDir java.nio.file.Path directory;

  @Override
  FileSystem fileSystem() throws IOException {
    return PlainFileSystem.open();
  }

  @Override
  Path directory() {
    return new Path(directory.toUri());
  }
}
