package dev.tandem.jobs.config;

/**
 * One thing wrong with the configuration or the use of a command.
 *
 * @param key full name of the key; null where the problem is not about one key
 * @param value the value given, as text; null where there is none
 * @param origin where the value comes from: {@code file:line}, {@code command line}, {@code
 *     default} or an environment variable; null where nothing was given
 * @param message what is wrong, and what is valid
 */
public record Problem(String key, String value, String origin, String message) {

  /** The problem in two lines: what was given and where, then what is wrong with it. */
  String text() {
    StringBuilder text = new StringBuilder("  ");
    if (key != null) {
      text.append(key);
      if (value != null) {
        text.append(" = ").append(value);
      }
    } else if (value != null) {
      text.append(value);
    }
    if (origin != null) {
      text.append(key == null && value == null ? origin : "   (" + origin + ")");
    }
    return text.append(System.lineSeparator()).append("      ").append(message).toString();
  }
}
