package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code retrieve}. */
public record RetrieveConfig(
    @Range(min = 1, max = 1_000_000) int depth,
    @Unset String vectors,
    @Unset String index,
    @Unset String version,
    String tag,
    @Unset String output)
    implements Serializable {}
