package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code search}. */
public record SearchConfig(
    @Unset String index,
    @Unset String version,
    @Range(min = 1, max = 10_000) int depth,
    @Unset @Range(min = 1, max = 1_000_000) Integer efSearch,
    @Unset String cache)
    implements Serializable {}
