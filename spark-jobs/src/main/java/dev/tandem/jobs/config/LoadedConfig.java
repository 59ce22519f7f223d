package dev.tandem.jobs.config;

import java.util.List;

/**
 * A configuration as read, with everything wrong with it.
 *
 * @param config the values; where one given is invalid, its default
 * @param settings every key's value and origin, in the order of {@code reference.conf}
 * @param problems what is wrong so far
 * @param complete whether every source could be read; where not, a key that seems unset may be set
 *     in the source that could not be read
 */
public record LoadedConfig(
    TandemConfig config, List<Setting> settings, Problems problems, boolean complete) {

  /**
   * One key's value.
   *
   * @param key full name
   * @param value as it would be written in a file
   * @param origin {@code file:line}, {@code command line}, {@code default} or an environment
   *     variable
   */
  public record Setting(String key, String value, String origin) {
    /** Whether nobody gave the key a value. */
    public boolean isDefault() {
      return origin.equals(Origins.DEFAULT);
    }
  }

  /** Whether the user gave a key a value (in a file, on the command line), be it the default's. */
  public boolean isGiven(String key) {
    return settings.stream().anyMatch(s -> s.key().equals(key) && !s.isDefault());
  }
}
