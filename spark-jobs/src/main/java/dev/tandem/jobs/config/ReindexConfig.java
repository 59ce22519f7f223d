package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code reindex}. */
public record ReindexConfig(
    @Range(min = 0, max = 1) double maximumDeleted,
    @Range(min = 0, max = 1) double maximumRemoved,
    boolean prune)
    implements Serializable {}
