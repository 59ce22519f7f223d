package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code encode}. */
public record EncodeConfig(@Range(min = 1) int batchSize, @Unset String output)
    implements Serializable {}
