package dev.tandem.jobs.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;

/** Configuration values as text. */
final class Values {
  private Values() {}

  /** A value as it would be written in a file: strings quoted, objects and lists on one line. */
  static String show(ConfigValue value) {
    if (value instanceof ConfigObject || value instanceof ConfigList) {
      return value.render(ConfigRenderOptions.concise().setJson(false));
    }
    return value.valueType() == ConfigValueType.NUMBER
        ? text(value)
        : value.render(ConfigRenderOptions.concise());
  }

  /** A scalar's text, a number as it was written. */
  static String text(ConfigValue value) {
    return value.atKey("value").getString("value");
  }
}
