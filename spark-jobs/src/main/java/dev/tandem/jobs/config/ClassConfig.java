package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * A class to instantiate and its arguments: the groups {@code train.optimizer} and {@code
 * train.schedule}.
 *
 * @param className short or full class name, the key {@code class}
 * @param arguments the other keys, in kebab-case; values are numbers, strings, booleans, or nested
 *     maps of the same form
 */
public record ClassConfig(String className, TreeMap<String, Object> arguments)
    implements Serializable {

  public ClassConfig(String className, Map<String, ?> arguments) {
    this(className, new TreeMap<String, Object>(arguments));
  }
}
