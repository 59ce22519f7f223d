package dev.tandem.jobs.config;

import java.util.List;
import java.util.Optional;

/**
 * What a configuration is read from, besides the defaults.
 *
 * @param preset what a command sets otherwise than {@code reference.conf}, before any file: the
 *     name of a resource beside {@link ConfigLoader}
 * @param files HOCON files, local or on any Hadoop file system, later ones winning
 * @param overrides {@code key=value} texts, later ones winning over earlier ones and over the files
 */
public record ConfigSources(Optional<String> preset, List<String> files, List<String> overrides) {
  public ConfigSources {
    files = List.copyOf(files);
    overrides = List.copyOf(overrides);
  }

  /** Sources without a preset. */
  public ConfigSources(List<String> files, List<String> overrides) {
    this(Optional.empty(), files, overrides);
  }
}
