package dev.tandem.jobs.search;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where copies of indexes and the prompt's history lie on this machine. */
public final class CacheDirectory {
  private CacheDirectory() {}

  /** The scheme of a URI, and what is behind it. */
  private static final Pattern URI = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):(/.*)");

  /**
   * The directory.
   *
   * @param configured the value of {@code search.cache}, a path or a {@code file:} URI without
   *     escapes, as paths are given everywhere; null for {@code tandem} in the user's directory for
   *     caches, as the XDG base directory specification finds it
   * @param environment variables of the process
   * @throws IllegalArgumentException if {@link #complaint(String)} has something to say of it
   */
  public static Path of(String configured, Map<String, String> environment) {
    if (configured != null) {
      String complaint = schemeComplaint(configured);
      if (complaint != null) {
        throw new IllegalArgumentException("search.cache " + complaint);
      }
      return local(configured);
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification has relative ones ignored.
    Path caches =
        Path.of(xdg).isAbsolute()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    return caches.resolve("tandem");
  }

  private static Path local(String configured) {
    Matcher uri = URI.matcher(configured);
    String path = uri.matches() ? uri.group(2).replaceFirst("^//(localhost)?/", "/") : configured;
    return Path.of(path).toAbsolutePath();
  }

  private static String schemeComplaint(String configured) {
    Matcher uri = URI.matcher(configured);
    if (!uri.matches()) {
      return null;
    }
    if (!uri.group(1).equalsIgnoreCase("file")) {
      return "must be a directory on the local disk, which "
          + uri.group(1)
          + ": is not: indexes are mapped into memory from there";
    }
    return uri.group(2).startsWith("//") && !uri.group(2).matches("//(localhost)?/.*")
        ? "must be a directory on the local disk of this machine, as file:///directory"
        : null;
  }

  /**
   * What is wrong with a value of {@code search.cache}, whose directory must be local and made or
   * written; null where nothing is.
   */
  public static String complaint(String configured) {
    String scheme = schemeComplaint(configured);
    if (scheme != null) {
      return scheme;
    }
    Path existing = local(configured);
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
