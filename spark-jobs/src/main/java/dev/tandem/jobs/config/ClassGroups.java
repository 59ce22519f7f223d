package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigResolveOptions;

/**
 * The groups with a class and its arguments are one value: where the user names another class than
 * the default, the default's arguments do not belong to it.
 */
final class ClassGroups {
  private ClassGroups() {}

  /**
   * Resolves a configuration without the arguments of default classes that the user replaced.
   *
   * @param layered the user's configuration over the defaults, not yet resolved
   * @param user the user's alone, not yet resolved
   * @throws ConfigException where a substitution names nothing
   */
  static Config dropForeignDefaults(Config layered, Config user, KeySchema schema) {
    Config resolved = layered.resolve();
    Config given =
        user.resolveWith(resolved, ConfigResolveOptions.defaults().setAllowUnresolved(true));
    Config reference = ConfigLoader.reference();
    for (Key key : schema.keys().values()) {
      String name = key.path() + ".class";
      if (key.kind() == Key.Kind.CLASS && hasText(given, name) && hasText(reference, name)) {
        if (!given.getString(name).equals(reference.getString(name))) {
          resolved =
              resolved.withoutPath(key.path()).withValue(key.path(), given.getValue(key.path()));
        }
      }
    }
    return resolved;
  }

  private static boolean hasText(Config config, String path) {
    try {
      return config.hasPath(path) && config.getString(path) != null;
    } catch (ConfigException e) {
      return false; // not text: reported where it is bound
    }
  }
}
