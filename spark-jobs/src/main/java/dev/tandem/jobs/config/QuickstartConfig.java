package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.List;

/** The group {@code quickstart}. */
public record QuickstartConfig(
    List<String> trainLibraries,
    List<String> testLibraries,
    @Unset @Range(min = 64) Integer maxPairs)
    implements Serializable {}
