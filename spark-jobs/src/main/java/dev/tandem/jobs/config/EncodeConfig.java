package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code encode}. */
public record EncodeConfig(
    @Range(min = 1) int batchSize,
    @OneOf({"float32", "float16", "int8"}) String storage,
    @Unset String output)
    implements Serializable {}
