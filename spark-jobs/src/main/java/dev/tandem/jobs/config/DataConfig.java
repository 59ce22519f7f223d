package dev.tandem.jobs.config;

import java.io.Serializable;

/**
 * The group {@code data}.
 *
 * @param all the keys of {@code data} itself
 * @param train {@code data.train}, keys left out there taken from {@code data}
 * @param validation {@code data.validation}, keys left out there taken from {@code data}
 */
public record DataConfig(DatasetConfig all, DatasetConfig train, DatasetConfig validation)
    implements Serializable {}
