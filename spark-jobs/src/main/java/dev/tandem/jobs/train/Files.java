package dev.tandem.jobs.train;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Files and directories of a run that take the place of older ones. */
final class Files {
  private Files() {}

  /** Writes a small file beside its place and renames it. */
  static void write(FileSystem fileSystem, Path file, byte[] content) throws IOException {
    Path temporary = new Path(file.getParent(), "." + file.getName() + ".partial");
    try (OutputStream out = fileSystem.create(temporary, true)) {
      out.write(content);
    }
    replace(fileSystem, temporary, file);
  }

  /** Renames a file or directory over another; Hadoop's rename alone does not replace. */
  static void replace(FileSystem fileSystem, Path from, Path to) throws IOException {
    if (fileSystem.exists(to)) {
      Path old = new Path(to.getParent(), "." + to.getName() + ".old");
      fileSystem.delete(old, true);
      rename(fileSystem, to, old);
      rename(fileSystem, from, to);
      fileSystem.delete(old, true);
    } else {
      rename(fileSystem, from, to);
    }
  }

  /** Puts back what {@link #replace} had moved away when it was killed between its renames. */
  static void restore(FileSystem fileSystem, Path path) throws IOException {
    Path old = new Path(path.getParent(), "." + path.getName() + ".old");
    if (!fileSystem.exists(path) && fileSystem.exists(old)) {
      rename(fileSystem, old, path);
    }
  }

  private static void rename(FileSystem fileSystem, Path from, Path to) throws IOException {
    if (!fileSystem.rename(from, to)) {
      throw new IOException("Cannot rename " + from + " to " + to);
    }
  }
}
