package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A complete version of an index. Immutable.
 *
 * @param path its directory
 * @param manifest what it is
 */
public record IndexVersion(Path path, VersionManifest manifest) {

  /** The version's name. */
  public String name() {
    return manifest.version();
  }

  /** Path of one of its files. */
  public Path file(String name) {
    return new Path(path, name);
  }

  /**
   * Checks that every file is there with its length; reads none.
   *
   * @throws CatalogueException naming the first file that is missing or of another length
   */
  void checkLengths(FileSystem fileSystem) throws IOException {
    Map<String, Long> lengths = new HashMap<>();
    try {
      for (FileStatus status : fileSystem.listStatus(path)) {
        lengths.put(status.getPath().getName(), status.getLen());
      }
    } catch (FileNotFoundException e) {
      throw new CatalogueException(path + " is missing." + advice(), e);
    }
    for (Map.Entry<String, VersionFile> file : manifest.files().entrySet()) {
      Long found = lengths.get(file.getKey());
      if (found == null) {
        throw new CatalogueException(
            file(file.getKey()) + " is missing, the manifest names it." + advice());
      }
      if (found != file.getValue().bytes()) {
        throw new CatalogueException(
            file(file.getKey())
                + " has "
                + found
                + " bytes, the manifest says "
                + file.getValue().bytes()
                + "."
                + advice());
      }
    }
  }

  /**
   * Reads every file and compares its checksum.
   *
   * @throws CatalogueException naming the first file that differs
   * @throws IOException where the file system fails
   */
  public void verifyChecksums(FileSystem fileSystem) throws IOException {
    checkLengths(fileSystem);
    for (Map.Entry<String, VersionFile> file : manifest.files().entrySet()) {
      requireChecksum(file.getKey(), Sha256.ofFile(fileSystem, file(file.getKey())));
    }
  }

  /**
   * Checks what was read of a file.
   *
   * @param name the file's
   * @param found hex SHA-256 of its content
   * @throws CatalogueException if the manifest says another one
   */
  void requireChecksum(String name, String found) throws CatalogueException {
    String expected = manifest.files().get(name).sha256();
    if (!found.equals(expected)) {
      throw new CatalogueException(
          file(name)
              + " has SHA-256 "
              + found
              + ", the manifest says "
              + expected
              + "."
              + advice());
    }
  }

  private String advice() {
    return " Version "
        + name()
        + " is damaged: roll back to another version, or build the index again.";
  }
}
