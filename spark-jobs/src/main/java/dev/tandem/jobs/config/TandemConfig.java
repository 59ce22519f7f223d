package dev.tandem.jobs.config;

import java.io.Serializable;

/**
 * The whole configuration of a command. Each component is a key or group of {@code reference.conf},
 * which documents it; names there are in kebab-case.
 */
public record TandemConfig(
    String workspace,
    long seed,
    ExperimentConfig experiment,
    DataConfig data,
    ModelConfig model,
    TrainConfig train,
    EncodeConfig encode,
    IndexConfig index,
    ReindexConfig reindex,
    RetrieveConfig retrieve,
    SearchConfig search,
    QuickstartConfig quickstart,
    BenchConfig bench,
    SparkConfig spark,
    LoggingConfig logging)
    implements Serializable {}
