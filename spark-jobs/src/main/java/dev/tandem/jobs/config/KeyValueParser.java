package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code key=value} from the command line. The value of a textual key is taken as it stands,
 * so that paths and URLs need no quotes; {@code null}, a quoted text and a {@code ${substitution}}
 * mean what they mean in HOCON. Other values are HOCON.
 */
final class KeyValueParser {
  private static final ConfigParseOptions OPTIONS =
      ConfigParseOptions.defaults().setOriginDescription(Origins.COMMAND_LINE);

  private final KeySchema schema;

  KeyValueParser(KeySchema schema) {
    this.schema = schema;
  }

  /**
   * Reads one override.
   *
   * @throws ProblemException where it is no {@code key=value}, or the value is no HOCON
   */
  Config parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new ProblemException(
          new Problem(
              null,
              text,
              Origins.COMMAND_LINE,
              "is no key=value, as in train.epochs=2; a configuration file is named with --config"));
    }
    String name = text.substring(0, equals).strip();
    String value = text.substring(equals + 1);
    List<String> path;
    try {
      path = ConfigUtil.splitPath(name);
    } catch (ConfigException e) {
      throw new ProblemException(
          new Problem(name, value, Origins.COMMAND_LINE, "is no valid name of a key"));
    }
    String key = String.join(".", path);
    Key open = schema.openKeyAbove(key);
    if (open != null && open.kind() == Key.Kind.PROPERTIES) {
      // A property's name has dots but is one name: spark.conf."spark.executor.memory".
      List<String> joined = new ArrayList<>(ConfigUtil.splitPath(open.path()));
      joined.add(key.substring(open.path().length() + 1));
      path = joined;
    }
    Key known = schema.keys().get(key);
    boolean textual = known != null ? known.kind() == Key.Kind.TEXT : open != null && open != known;
    return value(name, value, textual, open != null && open.kind() == Key.Kind.CLASS)
        .atPath(ConfigUtil.joinPath(path));
  }

  private static ConfigValue value(String name, String value, boolean textual, boolean lenient) {
    String stripped = value.strip();
    boolean hocon =
        stripped.equals("null")
            || stripped.contains("${")
            || (stripped.length() > 1 && stripped.startsWith("\"") && stripped.endsWith("\""));
    if (textual && !lenient && !hocon) {
      return text(value);
    }
    if (stripped.isEmpty()) {
      return text("");
    }
    try {
      ConfigValue parsed =
          ConfigFactory.parseString("value = " + stripped, OPTIONS).root().get("value");
      return parsed == null || (lenient && stripped.matches(".*(//|#).*")) ? text(value) : parsed;
    } catch (ConfigException e) {
      if (textual || lenient) {
        return text(value);
      }
      throw new ProblemException(
          new Problem(
              name,
              value,
              Origins.COMMAND_LINE,
              "is no HOCON value; quote texts with special characters"));
    }
  }

  private static ConfigValue text(String value) {
    return ConfigValueFactory.fromMap(Map.of("value", value), Origins.COMMAND_LINE).get("value");
  }

  /** Carries one problem to where problems are collected. */
  static final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Problem problem;

    ProblemException(Problem problem) {
      super(problem.message());
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }
}
