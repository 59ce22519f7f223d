package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.List;

/** The group {@code bench}. */
public record BenchConfig(
    List<String> only,
    boolean quick,
    @Range(min = 1, max = 1000) int repetitions,
    @Range(min = 0, max = 1000) int warmup,
    @Unset @Range(min = 1, max = 256) Integer threads,
    String python,
    @Unset String collection,
    @Range(min = 1000, max = 1_000_000) int searchVectors,
    @Unset String vectors,
    @Range(min = 1, max = 1000) int roundSteps,
    @Unset String output)
    implements Serializable {}
