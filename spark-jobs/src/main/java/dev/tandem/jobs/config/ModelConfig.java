package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code model}. */
public record ModelConfig(
    String source,
    @OneOf({"auto", "cls", "mean", "max"}) String pooling,
    @OneOf({"auto", "true", "false"}) String normalize,
    boolean sharedTowers,
    @OneOf({"auto", "cpu", "nd4j"}) String engine,
    @OneOf({"auto", "float32", "bfloat16"}) String compute)
    implements Serializable {}
