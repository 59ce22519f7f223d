package dev.tandem.index.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.AccessDeniedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The leases on versions: one directory a version, one file a holder. */
final class Leases {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
  private static final int ATTEMPTS = 3;

  private final FileSystem fileSystem;
  private final Path directory;
  private final StoreClock clock;
  private final long durationMillis;

  Leases(FileSystem fileSystem, Path directory, StoreClock clock, long durationMillis) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.clock = clock;
    this.durationMillis = durationMillis;
  }

  /** Takes a lease. */
  VersionLease take(String version) throws IOException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("version", version);
    content.put("holder", holder());
    content.put("host", host());
    content.put("pid", ProcessHandle.current().pid());
    content.put("seconds", durationMillis / 1000.0);
    byte[] json = CatalogueJson.write(content);
    for (int attempt = 1; ; attempt++) {
      Path file = new Path(of(version), UUID.randomUUID() + ".json");
      try {
        return new VersionLease(fileSystem, file, json, durationMillis);
      } catch (AccessControlException | AccessDeniedException e) {
        throw e;
      } catch (IOException e) {
        // One who deletes the version may have removed the directory between its creation and
        // that of the file: who takes a lease looks for that afterwards.
        removeRest(file);
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void removeRest(Path file) {
    try {
      fileSystem.delete(file, false);
    } catch (IOException e) {
      LOG.debug("{} is left, and expires by itself: {}", file, e.toString());
    }
  }

  /** How many hold a version, abandoned leases not counted. */
  int held(String version) throws IOException {
    return held(version, file -> true);
  }

  /**
   * As {@link #held}, but leases of processes of this machine that are gone do not count either.
   * Two containers may look like one machine, so this is good only where a mistake does no harm.
   */
  int heldByLiving(String version) throws IOException {
    return held(version, this::mayLive);
  }

  private int held(String version, Predicate<Path> counts) throws IOException {
    FileStatus[] files;
    try {
      files = fileSystem.listStatus(of(version));
    } catch (FileNotFoundException e) {
      return 0;
    }
    if (files.length == 0) {
      return 0;
    }
    long now = clock.now();
    int held = 0;
    for (FileStatus file : files) {
      if (now - file.getModificationTime() <= durationMillis && counts.test(file.getPath())) {
        held++;
      }
    }
    return held;
  }

  /** Removes the leases of a version that is gone. */
  void forget(String version) throws IOException {
    fileSystem.delete(of(version), true);
  }

  private Path of(String version) {
    return new Path(directory, version);
  }

  private boolean mayLive(Path file) {
    try (InputStream in = fileSystem.open(file)) {
      Map<?, ?> lease = CatalogueJson.read(in.readAllBytes(), Map.class);
      return !(host().equals(lease.get("host"))
          && lease.get("pid") instanceof Number pid
          && ProcessHandle.of(pid.longValue()).isEmpty());
    } catch (IOException e) {
      // Being renewed, or just ended: the latter shows at the next look.
      return true;
    }
  }

  private static String host() {
    String process = ManagementFactory.getRuntimeMXBean().getName();
    return process.substring(process.indexOf('@') + 1);
  }

  /** Who works here, for people. */
  static String holder() {
    return System.getProperty("user.name") + " " + ManagementFactory.getRuntimeMXBean().getName();
  }
}
