package dev.tandem.index.catalogue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Deletes versions, but never one that is current or held.
 *
 * <p>The argument, for readers and one who deletes at the same time. The deleter first leaves a
 * mark, then looks for leases, then looks what is current. A reader of a named version, and a
 * rollback, first takes a lease and then looks for a mark; so one of the two sees the other, and
 * gives way. A version becomes current only while its publisher holds such a lease: either the
 * deleter sees that lease, or the lease has ended, and then it sees that the version is current. So
 * a version that is current is never being deleted, and its readers need not look for marks: a mark
 * left by a deleter that was killed does not keep the current version from being served.
 */
final class Pruning {

  private final VersionStore store;
  private final PublicationLog log;
  private final Leases leases;
  private final Leases marks;

  Pruning(VersionStore store, PublicationLog log, Leases leases, Leases marks) {
    this.store = store;
    this.log = log;
    this.leases = leases;
    this.marks = marks;
  }

  /**
   * Deletes all but the newest versions that were published, the newest one that is complete and
   * was not, what is current, and what is held. Versions that failed their audit night after night
   * do not push out those one can roll back to.
   */
  PruneReport run(List<VersionState> versions, int keep) throws IOException {
    Map<String, String> kept = new TreeMap<>();
    List<String> deleted = new ArrayList<>();
    List<VersionState> newestFirst = new ArrayList<>(versions);
    Collections.reverse(newestFirst);
    Set<String> published =
        log.all().stream().map(Publication::version).collect(Collectors.toSet());
    int newest = 0;
    int unpublished = 0;
    for (VersionState version : newestFirst) {
      boolean complete = version.manifest().isPresent();
      if (complete && published.contains(version.name()) && newest++ < keep) {
        kept.put(version.name(), "among the newest " + keep);
        continue;
      }
      if (complete && !published.contains(version.name()) && unpublished++ < Math.min(1, keep)) {
        kept.put(version.name(), "the newest that was not published");
        continue;
      }
      Optional<String> reason = delete(version.name());
      if (reason.isPresent()) {
        kept.put(version.name(), reason.get());
      } else {
        deleted.add(version.name());
      }
    }
    Collections.sort(deleted);
    return new PruneReport(deleted, kept);
  }

  /** Deletes a version, or says why not. */
  private Optional<String> delete(String version) throws IOException {
    Optional<String> known = needed(version);
    if (known.isPresent()) {
      return known;
    }
    try (VersionLease mark = marks.take(version)) {
      Optional<String> reason = needed(version);
      if (reason.isPresent()) {
        return reason;
      }
      if (mark.isExpired()) {
        return Optional.of("the file system did not answer in time");
      }
      store.delete(version);
    }
    leases.forget(version);
    marks.forget(version);
    return Optional.empty();
  }

  /** Why a version must stay: leases first, what is current after them. */
  private Optional<String> needed(String version) throws IOException {
    int held = leases.held(version);
    if (log.latest().map(Publication::version).equals(Optional.of(version))) {
      return Optional.of("current");
    }
    return held > 0
        ? Optional.of("held by " + held + (held == 1 ? " reader or writer" : " readers or writers"))
        : Optional.empty();
  }
}
