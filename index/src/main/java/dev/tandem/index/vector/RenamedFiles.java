package dev.tandem.index.vector;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Files written beside their names and renamed on commit, replacing those of an earlier attempt.
 */
final class RenamedFiles implements PartFiles {

  private final FileSystem fileSystem;
  private final Path directory;
  // A name of its own for each attempt: a retried task does not disturb a slow first one.
  private final String attempt = UUID.randomUUID().toString();
  private final Map<Path, Path> finalNames = new LinkedHashMap<>();

  RenamedFiles(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  @Override
  public OutputStream create(String name) throws IOException {
    Path temporary = new Path(directory, "." + attempt + "-" + name);
    finalNames.put(temporary, new Path(directory, name));
    return fileSystem.create(temporary, true);
  }

  @Override
  public void commit() throws IOException {
    for (Map.Entry<Path, Path> file : finalNames.entrySet()) {
      Path from = file.getKey();
      Path to = file.getValue();
      if (!fileSystem.rename(from, to)) {
        fileSystem.delete(to, false);
        if (!fileSystem.rename(from, to)) {
          throw new IOException("could not rename " + from + " to " + to);
        }
      }
    }
  }

  @Override
  public void discard() throws IOException {
    for (Path temporary : finalNames.keySet()) {
      fileSystem.delete(temporary, false);
    }
  }
}
