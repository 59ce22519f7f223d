package dev.tandem.index.catalogue;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A version that is being written, or one that is complete and waits to be published. Holds a
 * lease; close it. For one thread.
 */
public final class VersionDraft implements AutoCloseable {

  /** Says what an unfinished version is to become; goes when it is complete. */
  static final String DRAFT = "draft.json";

  private final FileSystem fileSystem;
  private final Path directory;
  private final String identity;
  private final Optional<Publication> basis;
  private final VersionLease lease;
  private final ExclusiveFile exclusive;
  private Optional<IndexVersion> complete;

  VersionDraft(
      FileSystem fileSystem,
      Path directory,
      String identity,
      Optional<Publication> basis,
      VersionLease lease,
      ExclusiveFile exclusive,
      Optional<IndexVersion> complete) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.identity = identity;
    this.basis = basis;
    this.lease = lease;
    this.exclusive = exclusive;
    this.complete = complete;
  }

  /** The version's name. */
  public String name() {
    return directory.getName();
  }

  /** Where its files go. */
  public Path directory() {
    return directory;
  }

  /** The version itself, where it is complete: an earlier run may have been killed after that. */
  public Optional<IndexVersion> complete() {
    return complete;
  }

  /** What was in force when this draft was begun; it is published on top of that or not at all. */
  public Optional<Publication> basis() {
    return basis;
  }

  /**
   * Writes the manifest, from when on the version does not change any more. Files that it does not
   * name, left by attempts that failed, are removed.
   *
   * @param facts what the version is; its identity must be the draft's
   * @param formatVersion the version of the layout that its files need, at most {@link
   *     VersionManifest#FORMAT_VERSION}
   * @param files the files that make it up
   * @throws CatalogueException if a file is missing or of another length, or the lease expired, so
   *     that files may have been deleted
   * @throws IOException where the file system fails
   */
  public IndexVersion complete(
      VersionManifest.Facts facts, int formatVersion, Map<String, VersionFile> files)
      throws IOException {
    if (!identity.equals(facts.identity())) {
      throw new IllegalArgumentException(
          "the draft has identity " + identity + ", its facts say " + facts.identity());
    }
    if (complete.isPresent()) {
      return complete.get();
    }
    requireLease();
    VersionManifest manifest =
        new VersionManifest(
            formatVersion,
            name(),
            basis.map(Publication::version).orElse(null),
            facts,
            files,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    IndexVersion version = new IndexVersion(directory, manifest);
    version.checkLengths(fileSystem);
    Path file = new Path(directory, VersionManifest.FILE_NAME);
    if (!exclusive.create(file, manifest.toJson())) {
      throw new CatalogueException(
          "Version "
              + name()
              + " has been completed by another run of the same job meanwhile. Run it again: it"
              + " goes on from there.");
    }
    removeOthers(manifest);
    complete = Optional.of(version);
    return version;
  }

  /**
   * Fails where the lease could not be renewed in time.
   *
   * @throws CatalogueException if others may have taken this draft for abandoned
   */
  void requireLease() throws CatalogueException {
    if (lease.isExpired()) {
      throw new CatalogueException(
          "The lease of version "
              + name()
              + " expired, as the file system did not answer or this process was stopped for too"
              + " long; its files may be deleted by now. Run the job again.");
    }
  }

  private void removeOthers(VersionManifest manifest) throws IOException {
    for (FileStatus file : fileSystem.listStatus(directory)) {
      String name = file.getPath().getName();
      if (!manifest.files().containsKey(name) && !name.equals(VersionManifest.FILE_NAME)) {
        fileSystem.delete(file.getPath(), true);
      }
    }
  }

  /** Ends the lease; what was written stays for the next run until it is pruned. */
  @Override
  public void close() {
    lease.close();
  }
}
