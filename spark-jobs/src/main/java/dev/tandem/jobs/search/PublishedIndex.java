package dev.tandem.jobs.search;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.catalogue.Publication;
import dev.tandem.index.catalogue.VersionCache;
import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.Progress;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.IndexShards;
import dev.tandem.jobs.retrieval.LocalIndex;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** An index as it is published: gives the version to search, held, and opens it on this machine. */
public final class PublishedIndex {
  private final Configuration hadoop;
  private final FileSystem fileSystem;
  private final IndexCatalogue catalogue;
  private final Optional<String> pinned;
  private final VersionCache cache;
  private final LocalIndex.Settings settings;
  private final ProgressReporter progress;

  /**
   * An index; nothing is read yet.
   *
   * @param hadoop how file systems are found
   * @param directory of the index
   * @param pinned the version to search; empty for the one that is current
   * @param cache where copies of versions lie that are on another file system than the local one
   * @param settings how versions are searched
   * @param progress shows how far copying is
   */
  public PublishedIndex(
      Configuration hadoop,
      Path directory,
      Optional<String> pinned,
      java.nio.file.Path cache,
      LocalIndex.Settings settings,
      ProgressReporter progress)
      throws IOException {
    this.hadoop = hadoop;
    this.fileSystem = directory.getFileSystem(hadoop);
    this.catalogue = IndexCatalogue.at(fileSystem, directory);
    this.pinned = pinned;
    this.cache = new VersionCache(cache);
    this.settings = settings;
    this.progress = progress;
  }

  /** Whether its versions are searched where they lie, and not in copies. */
  public static boolean isLocal(FileSystem fileSystem) {
    return "file".equals(fileSystem.getUri().getScheme());
  }

  /** The index's name. */
  String name() {
    return catalogue.directory().getName();
  }

  /** What versions are searched for must meet. */
  MetadataFilter filter() {
    return settings.filter();
  }

  /**
   * What is known of a version's vectors, before anything is copied.
   *
   * @throws TandemException of kind ARTIFACT where a description is damaged, or passages do not
   *     keep a field that the filter asks for
   */
  IndexShards shards(IndexVersion version) throws IOException {
    return IndexShards.of(hadoop, version).filtered(settings.filter());
  }

  /**
   * The version to search, not deleted before the result is closed.
   *
   * @throws TandemException of kind ARTIFACT where there is no such index or version, or it is
   *     damaged
   * @throws IOException where the file system fails
   */
  LeasedVersion read() throws IOException {
    try {
      if (pinned.isPresent()) {
        if (!fileSystem.exists(catalogue.directory())) {
          throw unknown();
        }
        return catalogue.read(pinned.get());
      }
      if (catalogue.current().isEmpty()) {
        throw unknown();
      }
      return catalogue.read();
    } catch (CatalogueException e) {
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage(), e);
    }
  }

  /** The version that is to be searched now; the pinned one whatever is published. */
  Optional<String> wanted() throws IOException {
    return pinned.isPresent() ? pinned : catalogue.current().map(Publication::version);
  }

  private TandemException unknown() throws IOException {
    Path all = catalogue.directory().getParent();
    List<String> names = published(all);
    return new TandemException(
        TandemException.Kind.ARTIFACT,
        "There is no published index "
            + name()
            + " in "
            + all
            + (names.isEmpty()
                ? ", nor any other: build one with the command index, or name another workspace."
                : "; there "
                    + (names.size() == 1 ? "is " : "are ")
                    + String.join(", ", names)
                    + ". Name one with search.index."));
  }

  private List<String> published(Path all) throws IOException {
    try (Stream<FileStatus> directories = Stream.of(fileSystem.listStatus(all))) {
      return directories
          .filter(FileStatus::isDirectory)
          .map(FileStatus::getPath)
          .filter(this::hasPublications)
          .map(Path::getName)
          .sorted()
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  private boolean hasPublications(Path index) {
    try {
      return IndexCatalogue.at(fileSystem, index).current().isPresent();
    } catch (IOException e) {
      return false; // whatever it is, it is not to be offered
    }
  }

  /**
   * Opens a version, copied to the local disk first where it lies elsewhere.
   *
   * @param version is held by the caller while it is open
   * @throws TandemException of kind ARTIFACT where a file is missing or damaged; of kind USAGE
   *     where the cache cannot be written
   * @throws IOException where copying or reading fails
   */
  LocalIndex open(IndexVersion version) throws IOException {
    return LocalIndex.open(hadoop, isLocal(fileSystem) ? version : copyOf(version), settings);
  }

  private IndexVersion copyOf(IndexVersion version) throws IOException {
    // Begun with the first byte: where there is a copy already, there is nothing to show.
    Progress[] shown = new Progress[1];
    try {
      return cache.copyOf(
          fileSystem,
          version,
          bytes -> {
            if (shown[0] == null) {
              shown[0] = progress.start("copy the index", version.manifest().bytes(), "bytes");
            }
            shown[0].advanceBy(bytes);
          });
    } catch (CatalogueException e) {
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage(), e);
    } catch (VersionCache.NotWritableException e) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "The index lies on another file system and cannot be copied to the local disk: "
              + e.getMessage()
              + ". Name a directory to write in with search.cache.",
          e);
    } finally {
      if (shown[0] != null) {
        shown[0].close();
      }
    }
  }
}
