package dev.tandem.index.catalogue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of one index. Safe to use from several processes at once: what is current changes in
 * one step, a writer that based its version on what is no longer current loses, and what is current
 * or held by a lease is not deleted.
 */
public final class IndexCatalogue {

  private static final Logger LOG = LoggerFactory.getLogger(IndexCatalogue.class);
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final FileSystem fileSystem;
  private final Path directory;
  private final VersionStore store;
  private final ExclusiveFile exclusive;
  private final PublicationLog log;
  private final Leases leases;
  private final Leases marks;

  IndexCatalogue(
      FileSystem fileSystem, Path directory, CatalogueTimes times, ExclusiveFile.Means means) {
    this.fileSystem = fileSystem;
    this.directory = fileSystem.makeQualified(directory);
    this.store = new VersionStore(fileSystem, this.directory);
    this.exclusive = new ExclusiveFile(fileSystem, means, times.pause().toMillis());
    StoreClock clock = new StoreClock(fileSystem, this.directory);
    this.log =
        new PublicationLog(
            fileSystem,
            new Path(this.directory, "publications"),
            exclusive,
            clock,
            times.abandoned().toMillis());
    long lease = times.lease().toMillis();
    this.leases = new Leases(fileSystem, new Path(this.directory, "leases"), clock, lease);
    this.marks = new Leases(fileSystem, new Path(this.directory, "deleting"), clock, lease);
  }

  /**
   * The catalogue of an index; nothing is read or written yet.
   *
   * @param directory of the index, made by the first writer
   */
  public static IndexCatalogue at(FileSystem fileSystem, Path directory) {
    return new IndexCatalogue(
        fileSystem, directory, CatalogueTimes.DEFAULT, ExclusiveFile.Means.of(fileSystem));
  }

  /** Directory of the index, qualified. */
  public Path directory() {
    return directory;
  }

  /** The publication in force; empty where nothing was published yet. */
  public Optional<Publication> current() throws IOException {
    return log.latest();
  }

  /** All publications, the first one first. */
  public List<Publication> history() throws IOException {
    return log.all();
  }

  // --- Reading ----------------------------------------------------------------------------------

  /**
   * The current version, kept from being deleted until the result is closed.
   *
   * @throws CatalogueException where nothing is published, or the version is damaged
   */
  public LeasedVersion read() throws IOException {
    while (true) {
      String version = requireCurrent().version();
      Optional<VersionLease> lease = lease(version);
      boolean done = false;
      try {
        // After the lease: what is current then is not being deleted, see Pruning.
        if (requireCurrent().version().equals(version)) {
          LeasedVersion read = new LeasedVersion(store.open(version), lease);
          done = true;
          return read;
        }
      } finally {
        if (!done) {
          lease.ifPresent(VersionLease::close);
        }
      }
    }
  }

  private Publication requireCurrent() throws IOException {
    return current()
        .orElseThrow(
            () ->
                new CatalogueException(
                    "There is no published index in "
                        + directory
                        + ": build one with the command index, or check the name."));
  }

  /**
   * A version by name, kept from being deleted until the result is closed.
   *
   * @throws CatalogueException where it is missing, unfinished, damaged or being deleted
   */
  public LeasedVersion read(String version) throws IOException {
    // Before the lease, which would make a directory for a name that is mistyped.
    store.open(version);
    Optional<VersionLease> lease = lease(version);
    boolean done = false;
    try {
      if (marks.held(version) > 0) {
        throw new CatalogueException(
            "Version " + version + " of " + directory + " is being deleted. Name another one.");
      }
      LeasedVersion read = new LeasedVersion(store.open(version), lease);
      done = true;
      return read;
    } finally {
      if (!done) {
        lease.ifPresent(VersionLease::close);
      }
    }
  }

  private Optional<VersionLease> lease(String version) throws IOException {
    try {
      return Optional.of(leases.take(version));
    } catch (AccessControlException | AccessDeniedException e) {
      LOG.warn(
          "{} cannot be written by this user, so nothing keeps version {} from being deleted while"
              + " it is read: {}",
          directory,
          version,
          e.getMessage());
      return Optional.empty();
    }
  }

  // --- Writing ----------------------------------------------------------------------------------

  /**
   * Starts a version on top of what is current, or goes on with one of the same identity that an
   * earlier run left, complete or not.
   *
   * @param identity hash of everything that shapes the version
   */
  public VersionDraft begin(String identity) throws IOException {
    Optional<Publication> basis = current();
    List<String> newestFirst = store.names();
    Collections.reverse(newestFirst);
    for (String name : newestFirst) {
      // One that is complete does not change any more, and may be held by readers.
      if (identity.equals(store.identity(name))
          && (store.isComplete(name) || leases.heldByLiving(name) == 0)) {
        VersionLease lease = leases.take(name);
        if (marks.held(name) == 0 && identity.equals(store.identity(name))) {
          LOG.info("Going on with version {}, left by an earlier run", name);
          return draft(name, identity, basis, lease);
        }
        lease.close();
      }
    }
    String name = STAMP.format(Instant.now()) + "-" + UUID.randomUUID().toString().substring(0, 8);
    VersionLease lease = leases.take(name);
    try (OutputStream out =
        fileSystem.create(new Path(store.path(name), VersionDraft.DRAFT), false)) {
      out.write(CatalogueJson.write(Map.of("identity", identity)));
    }
    return draft(name, identity, basis, lease);
  }

  private VersionDraft draft(
      String name, String identity, Optional<Publication> basis, VersionLease lease)
      throws IOException {
    return new VersionDraft(
        fileSystem,
        store.path(name),
        identity,
        basis,
        lease,
        exclusive,
        store.isComplete(name) ? Optional.of(store.open(name)) : Optional.empty());
  }

  /**
   * Makes a complete draft the current version.
   *
   * @return the publication; the one in force where this version is current already
   * @throws PublishConflictException if something was published since the draft was begun
   * @throws IllegalStateException if the draft is not complete
   */
  public Publication publish(VersionDraft draft) throws IOException {
    if (draft.complete().isEmpty()) {
      throw new IllegalStateException("version " + draft.name() + " is not complete");
    }
    draft.requireLease();
    if (draft.basis().map(Publication::version).equals(Optional.of(draft.name()))) {
      return draft.basis().get();
    }
    return append(Publication.PUBLISH, draft.name(), draft.basis());
  }

  /**
   * Makes an earlier version current again.
   *
   * @param version its name; empty for the one that was current before the present one was
   *     published
   * @throws CatalogueException where there is none, or it is damaged
   * @throws PublishConflictException if something was published meanwhile
   */
  public Publication rollback(Optional<String> version) throws IOException {
    List<Publication> history = history();
    if (history.isEmpty()) {
      throw new CatalogueException("There is no published index in " + directory + ".");
    }
    Publication current = history.get(history.size() - 1);
    String target = version.isPresent() ? version.get() : before(current.version(), history);
    if (target.equals(current.version())) {
      return current;
    }
    try (LeasedVersion held = read(target)) {
      return append(Publication.ROLLBACK, held.version().name(), Optional.of(current));
    }
  }

  /** What was current when a version was published first. */
  private String before(String version, List<Publication> history) throws CatalogueException {
    return history.stream()
        .filter(p -> p.version().equals(version) && p.action().equals(Publication.PUBLISH))
        .findFirst()
        .map(Publication::previous)
        .orElseThrow(
            () ->
                new CatalogueException(
                    "Version "
                        + version
                        + " is the first one published in "
                        + directory
                        + ": there is none before it to roll back to."));
  }

  private Publication append(String action, String version, Optional<Publication> basis)
      throws IOException {
    Publication next =
        new Publication(
            basis.map(Publication::number).orElse(0L) + 1,
            version,
            basis.map(Publication::version).orElse(null),
            action,
            Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
            Leases.holder(),
            UUID.randomUUID().toString());
    if (!log.append(next)) {
      throw conflict(next);
    }
    writeCurrent(version);
    return next;
  }

  private PublishConflictException conflict(Publication lost) throws IOException {
    String what =
        log.read(lost.number())
            .map(
                won ->
                    "version "
                        + won.version()
                        + " was published at "
                        + won.at()
                        + " by "
                        + won.by())
            .orElse("another writer is publishing just now");
    return new PublishConflictException(
        "Version "
            + lost.version()
            + " is not published, as "
            + directory
            + " changed since it was begun: it builds on "
            + (lost.previous() == null ? "an empty index" : "version " + lost.previous())
            + ", and "
            + what
            + ". What is published stays as it is. Run the job again if this version is still"
            + " wanted.");
  }

  /** For people; the log decides, so a failure here changes nothing. */
  private void writeCurrent(String version) {
    Path file = new Path(directory, "CURRENT");
    try (OutputStream out = fileSystem.create(file, true)) {
      out.write((version + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.warn("Version {} is published, but {} could not be written", version, file, e);
    }
  }

  // --- Keeping house ----------------------------------------------------------------------------

  /** All versions, oldest first. */
  public List<VersionState> list() throws IOException {
    Optional<String> current = current().map(Publication::version);
    Set<String> published =
        log.all().stream().map(Publication::version).collect(Collectors.toSet());
    List<VersionState> list = new ArrayList<>();
    for (String name : store.names()) {
      boolean isCurrent = current.equals(Optional.of(name));
      Optional<VersionManifest> manifest = Optional.empty();
      VersionState.State state = VersionState.State.UNFINISHED;
      if (!isCurrent && marks.held(name) > 0) {
        state = VersionState.State.DELETING;
      } else if (store.isComplete(name)) {
        try {
          manifest = Optional.of(store.open(name).manifest());
          state = state(isCurrent, published.contains(name));
        } catch (CatalogueException e) {
          LOG.warn("{}", e.getMessage());
          state = VersionState.State.DAMAGED;
        }
      }
      list.add(new VersionState(name, state, manifest, leases.held(name)));
    }
    return list;
  }

  private static VersionState.State state(boolean isCurrent, boolean wasPublished) {
    if (isCurrent) {
      return VersionState.State.CURRENT;
    }
    return wasPublished ? VersionState.State.COMPLETE : VersionState.State.UNPUBLISHED;
  }

  /**
   * Deletes versions, complete, damaged and unfinished ones, but never what is current or held.
   *
   * @param keep how many of the newest complete versions stay, the current one among them or not
   * @throws IllegalArgumentException if keep is negative
   */
  public PruneReport prune(int keep) throws IOException {
    if (keep < 0) {
      throw new IllegalArgumentException("keep must not be negative, got " + keep);
    }
    return new Pruning(store, log, leases, marks).run(list(), keep);
  }
}
