package dev.tandem.index.catalogue;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local file system without permissions: Hadoop starts a process to set them for each file,
 * which would take most of the time of tests that write many.
 */
class PlainFileSystem extends RawLocalFileSystem {

  static PlainFileSystem open() throws IOException {
    PlainFileSystem fileSystem = new PlainFileSystem();
    fileSystem.initialize(URI.create("file:///"), new Configuration());
    return fileSystem;
  }

  @Override
  public void setPermission(Path path, FsPermission permission) {}
}
