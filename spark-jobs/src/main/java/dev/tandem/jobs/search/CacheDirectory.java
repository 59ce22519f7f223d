package dev.tandem.jobs.search;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where copies of indexes and the prompt's history lie on this machine. */
public final class CacheDirectory {
  private CacheDirectory() {}

  /**
   * The directory.
   *
   * @param configured the value of {@code search.cache}; null for {@code tandem} in the user's
   *     directory for caches, as the XDG base directory specification finds it
   * @param environment variables of the process
   */
  public static Path of(String configured, Map<String, String> environment) {
    if (configured != null) {
      return Path.of(configured).toAbsolutePath();
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification has relative ones ignored.
    Path caches =
        Path.of(xdg).isAbsolute()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    return caches.resolve("tandem");
  }

  /** What is wrong with a directory that must be made or written; null where nothing is. */
  public static String complaint(Path directory) {
    Path existing = directory;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      return "must be a directory to write in, but " + existing + " is a file";
    }
    return Files.isWritable(existing)
        ? null
        : "must be a directory to write in, but " + existing + " is not writable";
  }
}
