package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code logging}. */
public record LoggingConfig(
    @OneOf({"error", "warn", "info", "debug"}) String level,
    @OneOf({"auto", "bar", "lines", "none"}) String progress)
    implements Serializable {}
