package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The directories of an index's versions. */
final class VersionStore {

  private final FileSystem fileSystem;
  private final Path index;
  private final Path versions;

  VersionStore(FileSystem fileSystem, Path index) {
    this.fileSystem = fileSystem;
    this.index = index;
    this.versions = new Path(index, "versions");
  }

  Path path(String version) {
    return new Path(versions, version);
  }

  /** Names of all directories of versions, oldest first. */
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(versions)) {
        if (status.isDirectory()) {
          names.add(status.getPath().getName());
        }
      }
    } catch (FileNotFoundException e) {
      return names;
    }
    Collections.sort(names);
    return names;
  }

  boolean isComplete(String version) throws IOException {
    return fileSystem.exists(new Path(path(version), VersionManifest.FILE_NAME));
  }

  /**
   * Opens a complete version.
   *
   * @throws CatalogueException where it is missing, unfinished or damaged
   */
  IndexVersion open(String version) throws IOException {
    Path path = path(version);
    Path file = new Path(path, VersionManifest.FILE_NAME);
    byte[] json;
    try (InputStream in = fileSystem.open(file)) {
      json = in.readAllBytes();
    } catch (FileNotFoundException e) {
      throw new CatalogueException(
          fileSystem.exists(path)
              ? "Version " + version + " of " + index + " is unfinished: it has no manifest."
              : "There is no version " + version + " in " + index + "; there are " + names() + ".",
          e);
    }
    IndexVersion opened;
    try {
      opened = new IndexVersion(path, VersionManifest.parse(json, version));
    } catch (IOException e) {
      throw new CatalogueException(
          file
              + " cannot be used: "
              + e.getMessage().lines().findFirst().orElse("")
              + ". Roll back to another version, or build the index again.",
          e);
    }
    opened.checkLengths(fileSystem);
    return opened;
  }

  /** What a version on disk, complete or not, was made from; null where that cannot be said. */
  String identity(String version) throws IOException {
    try {
      if (isComplete(version)) {
        return open(version).manifest().facts().identity();
      }
      try (InputStream in = fileSystem.open(new Path(path(version), VersionDraft.DRAFT))) {
        return String.valueOf(CatalogueJson.read(in.readAllBytes(), Map.class).get("identity"));
      }
    } catch (FileNotFoundException
        | CatalogueException
        | com.fasterxml.jackson.core.JsonProcessingException e) {
      return null;
    }
  }

  /**
   * Deletes a version's files, the manifest first: without it what is left after a kill is never
   * taken for a version, and without the draft never for one to go on with.
   */
  void delete(String version) throws IOException {
    Path path = path(version);
    fileSystem.delete(new Path(path, VersionManifest.FILE_NAME), false);
    fileSystem.delete(new Path(path, VersionDraft.DRAFT), false);
    fileSystem.delete(path, true);
  }
}
