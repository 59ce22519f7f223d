package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Collects everything wrong with a configuration, so that a person sees all of it at once. The
 * loader adds what it finds, then the command adds what it needs ({@link #require}, {@link
 * #requireFile}, {@link #add(String, String)}). Not thread-safe.
 */
public final class Problems {
  private final List<Problem> problems = new ArrayList<>();
  private final Config config;
  private final Configuration hadoop;

  /**
   * A collector.
   *
   * @param config where values and origins are looked up; inherited keys filled in
   * @param hadoop how the file systems of paths are found
   */
  Problems(Config config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  /**
   * Adds a problem with a key's value, which is looked up together with its origin.
   *
   * @param key full name, for example {@code data.validation.collection}
   * @param message what is wrong and what is valid
   */
  public void add(String key, String message) {
    ConfigValue value = lookup(key);
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      problems.add(new Problem(key, null, null, message));
    } else {
      addOnce(
          new Problem(
              given(key, value), Values.show(value), Origins.show(value.origin()), message));
    }
  }

  /** A key of data that data.train and data.validation take over is the same problem in all. */
  private void addOnce(Problem problem) {
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
  }

  /**
   * The key that was given: that of data where data.train or data.validation take it from there.
   */
  private String given(String key, ConfigValue value) {
    for (String part : List.of("data.train.", "data.validation.")) {
      if (key.startsWith(part)) {
        String general = "data." + key.substring(part.length());
        ConfigValue inherited = lookup(general);
        if (value.equals(inherited) && value.origin().equals(inherited.origin())) {
          return general;
        }
      }
    }
    return key;
  }

  /** Adds a problem found elsewhere. */
  public void add(Problem problem) {
    problems.add(problem);
  }

  /**
   * Adds a problem where a key has no value.
   *
   * @param key full name
   * @param what what the key says and an example, to follow "not set: "
   * @return whether it has a value
   */
  public boolean require(String key, String what) {
    ConfigValue value = lookup(key);
    if (value != null && value.valueType() != ConfigValueType.NULL) {
      return true;
    }
    problems.add(new Problem(key, null, null, "not set: " + what));
    return false;
  }

  /**
   * Adds a problem where a key has no value, or where it names no file or directory.
   *
   * @param key full name of a key with a path or glob, or several separated by commas
   * @param what what the key says and an example, to follow "not set: "
   */
  public void requireFile(String key, String what) {
    if (require(key, what)) {
      checkFile(key);
    }
  }

  /**
   * Adds a problem where a key's value names no file or directory on its file system; a key without
   * a value is fine.
   *
   * @param key full name of a key with a path or glob, or several separated by commas
   */
  public void checkFile(String key) {
    ConfigValue value = lookup(key);
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      return;
    }
    for (String path : splitPaths(String.valueOf(value.unwrapped()))) {
      String complaint = missing(path);
      if (complaint != null) {
        addOnce(new Problem(given(key, value), path, Origins.show(value.origin()), complaint));
      }
    }
  }

  /**
   * Adds a problem where a path given on the command line names no file or directory.
   *
   * @param name what the path is, for example {@code QRELS}
   * @param path the path or glob
   */
  public void checkArgument(String name, String path) {
    String complaint = missing(path);
    if (complaint != null) {
      problems.add(new Problem(name, path, Origins.COMMAND_LINE, complaint));
    }
  }

  /** The paths in a value: separated by commas, where these are not inside a glob's braces. */
  public static List<String> splitPaths(String value) {
    List<String> paths = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == ',' && depth <= 0) {
        paths.add(value.substring(start, i).strip());
        start = i + 1;
      }
    }
    paths.add(value.substring(start).strip());
    return paths;
  }

  private String missing(String text) {
    if (text.isEmpty()) {
      return "missing file: the path is empty";
    }
    try {
      Path path = new Path(text);
      FileStatus[] found = path.getFileSystem(hadoop).globStatus(path);
      if (found != null && found.length > 0) {
        return null;
      }
      boolean glob = text.matches(".*[*?\\[{].*");
      return "missing file: "
          + (glob ? "nothing matches " : "there is no ")
          + path.getFileSystem(hadoop).makeQualified(path);
    } catch (IOException | IllegalArgumentException e) {
      return "missing file: cannot be read: " + firstLine(e);
    }
  }

  static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return Arrays.stream(message.split("\\R", -1)).findFirst().orElse(message);
  }

  private ConfigValue lookup(String key) {
    try {
      List<String> path = ConfigUtil.splitPath(key);
      ConfigValue value = config.root();
      for (String name : path) {
        if (!(value instanceof com.typesafe.config.ConfigObject object)) {
          return null;
        }
        value = object.get(name);
      }
      return value;
    } catch (ConfigException e) {
      return null;
    }
  }

  /** Whether nothing is wrong. */
  public boolean isEmpty() {
    return problems.isEmpty();
  }

  /** What is wrong, in the order found. */
  public List<Problem> list() {
    return List.copyOf(problems);
  }

  /** All problems as text for a person; empty where there are none. */
  public String report() {
    if (problems.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    text.append(problems.size() == 1 ? "1 problem" : problems.size() + " problems");
    text.append(" in the configuration or command line:");
    for (Problem problem : problems) {
      text.append(System.lineSeparator()).append(problem.text());
    }
    return text.toString();
  }

  /**
   * Ends the command where something is wrong.
   *
   * @throws TandemException of kind USAGE with the whole report
   */
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new TandemException(TandemException.Kind.USAGE, report());
    }
  }
}
