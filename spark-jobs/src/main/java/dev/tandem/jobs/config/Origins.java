package dev.tandem.jobs.config;

import com.typesafe.config.ConfigOrigin;

/** Where values come from, in words. */
final class Origins {
  /** Description of values given as {@code key=value}. */
  static final String COMMAND_LINE = "command line";

  /** Description of the defaults in {@code reference.conf}. */
  static final String DEFAULT = "default";

  private Origins() {}

  /** {@code file:line}, {@code command line}, {@code default}, or an environment variable. */
  static String show(ConfigOrigin origin) {
    String text = origin.description();
    for (String fixed : new String[] {COMMAND_LINE, DEFAULT}) {
      if (text.equals(fixed) || text.startsWith(fixed + ": ")) {
        return fixed;
      }
    }
    int line = origin.lineNumber();
    return line < 0 ? text : text.replaceFirst(": " + line + "(-\\d+)?$", ":" + line);
  }
}
