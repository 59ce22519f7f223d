package dev.tandem.jobs.config;

import java.util.List;

/**
 * What a configuration is read from, besides the defaults.
 *
 * @param files HOCON files, local or on any Hadoop file system, later ones winning
 * @param overrides {@code key=value} texts, later ones winning over earlier ones and over the files
 */
public record ConfigSources(List<String> files, List<String> overrides) {
  public ConfigSources {
    files = List.copyOf(files);
    overrides = List.copyOf(overrides);
  }
}
