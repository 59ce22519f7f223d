package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads a configuration: the defaults of {@code reference.conf}, over them the command's preset,
 * over it the files in order, over them the {@code key=value} overrides. Everything wrong is
 * collected, never thrown.
 */
public final class ConfigLoader {
  /** The defaults, beside this class; they may not be overlaid by another jar's. */
  static final String REFERENCE = "reference.conf";

  /** Keys that were renamed or removed, with what to use instead. */
  private static final Map<String, String> FORMER_KEYS = Map.of();

  /** How the HOCON library starts messages: {@code file: line: message}. */
  private static final Pattern LOCATED = Pattern.compile("(.*?): (\\d+): (.*)");

  private final KeySchema schema = KeySchema.TANDEM;
  private final Map<String, String> formerKeys;
  private final Configuration hadoop;

  /** A loader that finds file systems by a Hadoop configuration. */
  public ConfigLoader(Configuration hadoop) {
    this(hadoop, FORMER_KEYS);
  }

  /** For tests: with other former keys. */
  ConfigLoader(Configuration hadoop, Map<String, String> formerKeys) {
    this.hadoop = hadoop;
    this.formerKeys = formerKeys;
  }

  /** Reads a configuration; what is wrong is in the result. */
  public LoadedConfig load(ConfigSources sources) {
    Config reference =
        sources
            .preset()
            .map(name -> builtIn(name, name + " (built in)").withFallback(reference()).resolve())
            .orElseGet(ConfigLoader::reference);
    Problems early = new Problems(reference, hadoop);
    Config user = ConfigFactory.empty();
    boolean complete = true;
    for (String file : sources.files()) {
      try {
        user = parseFile(file).withFallback(user);
      } catch (ConfigException | IOException | IllegalArgumentException e) {
        complete = false;
        early.add(unreadable(file, e));
      }
    }
    KeyValueParser parser = new KeyValueParser(schema);
    for (String override : sources.overrides()) {
      try {
        user = parser.parse(override).withFallback(user);
      } catch (KeyValueParser.ProblemException e) {
        early.add(e.problem());
      }
    }
    Config effective = reference;
    try {
      effective =
          ClassGroups.dropForeignDefaults(
              user.withFallback(reference).resolve(), reference, schema);
    } catch (ConfigException e) {
      complete = false;
      early.add(unresolved(e));
    }
    Problems problems = new Problems(ConfigSettings.inherit(effective), hadoop);
    early.list().forEach(problems::add);
    checkNames("", effective.root(), problems);
    TandemConfig config =
        new RecordBinder(schema, reference.root(), problems).bind(effective.root());
    ClassGroups.check(config.train(), problems);
    MetadataFields.check(config.data(), problems);
    return new LoadedConfig(config, ConfigSettings.list(schema, effective), problems, complete);
  }

  /** The defaults, resolved. */
  static Config reference() {
    return builtIn(REFERENCE, Origins.DEFAULT).resolve();
  }

  private static Config builtIn(String resource, String origin) {
    ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(origin);
    try (InputStream in = ConfigLoader.class.getResourceAsStream(resource);
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(reader, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Config parseFile(String file) throws IOException {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setOriginDescription(file).setAllowMissing(false);
    if (!file.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
      java.nio.file.Path path = java.nio.file.Path.of(file);
      if (Files.isDirectory(path)) {
        throw new IOException("it is a directory");
      } else if (!Files.exists(path)) {
        throw new IOException("there is no such file");
      }
      return ConfigFactory.parseFile(path.toFile(), options);
    }
    Path path = new Path(file);
    FileSystem fileSystem = path.getFileSystem(hadoop);
    try (Reader reader = new InputStreamReader(fileSystem.open(path), StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(reader, options);
    }
  }

  private static Problem unreadable(String file, Exception e) {
    if (e instanceof ConfigException.Parse parse && parse.origin() != null) {
      String prefix = parse.origin().description() + ": ";
      String message = parse.getMessage();
      message = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
      return new Problem(null, null, Origins.show(parse.origin()), "is no HOCON: " + message);
    }
    return new Problem(
        "--config", file, Origins.COMMAND_LINE, "cannot be read: " + Problems.firstLine(e));
  }

  private static Problem unresolved(ConfigException e) {
    String message = Problems.firstLine(e);
    Matcher located = LOCATED.matcher(message);
    return located.matches()
        ? new Problem(null, null, located.group(1) + ":" + located.group(2), located.group(3))
        : new Problem(null, null, null, message);
  }

  /** Reports names that no record has, and values where groups belong. */
  private void checkNames(String group, ConfigObject object, Problems problems) {
    for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(object).entrySet()) {
      String path = group.isEmpty() ? entry.getKey() : group + "." + entry.getKey();
      ConfigValue value = entry.getValue();
      List<String> names = schema.group(path);
      if (schema.keys().containsKey(path)) {
        continue; // its value is checked where it is bound
      }
      Problem problem = null;
      String origin = Origins.show(value.origin());
      if (names == null) {
        String instead = formerKeys.get(path);
        String message =
            instead == null
                ? "unknown key; " + NearestName.hint(path, schema)
                : "this key is no longer used: " + instead;
        problem = new Problem(path, Values.show(value), origin, message);
      } else if (value instanceof ConfigObject nested) {
        checkNames(path, nested, problems);
      } else {
        String message = "is a group of keys, not a value: " + String.join(", ", names);
        problem = new Problem(path, Values.show(value), origin, message);
      }
      if (problem != null) {
        problems.add(problem);
      }
    }
  }
}
