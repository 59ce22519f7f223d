package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.tandem.jobs.config.LoadedConfig.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Lists what every key is set to, and where. */
final class ConfigSettings {
  private ConfigSettings() {}

  /** The same configuration with data.train and data.validation filled up from data. */
  static Config inherit(Config config) {
    if (!(config.root().get("data") instanceof ConfigObject data)) {
      return config;
    }
    ConfigObject own = data.withoutKey("train").withoutKey("validation");
    Config result = config;
    for (String part : List.of("train", "validation")) {
      if (data.get(part) instanceof ConfigObject given) {
        result = result.withValue("data." + part, given.withFallback(own));
      }
    }
    return result;
  }

  /**
   * Every key that has a value of its own, in the order of the schema; of data.train and
   * data.validation only what they do not take from data.
   */
  static List<Setting> list(KeySchema schema, Config config) {
    List<Setting> settings = new ArrayList<>();
    for (Key key : schema.keys().values()) {
      if (!config.hasPathOrNull(key.path())) {
        continue;
      }
      ConfigValue value = value(config, key.path());
      boolean open = key.kind() == Key.Kind.CLASS || key.kind() == Key.Kind.PROPERTIES;
      if (open && value instanceof ConfigObject object) {
        Map<String, ConfigValue> sorted = new TreeMap<>(object);
        sorted.forEach(
            (name, argument) -> settings.add(setting(key.path() + "." + name, argument)));
      } else {
        settings.add(setting(key.path(), value));
      }
    }
    return settings;
  }

  private static ConfigValue value(Config config, String path) {
    ConfigValue value = config.root();
    for (String name : path.split("\\.", -1)) {
      value = ((ConfigObject) value).get(name);
    }
    return value;
  }

  private static Setting setting(String key, ConfigValue value) {
    return new Setting(key, Values.show(value), Origins.show(value.origin()));
  }
}
