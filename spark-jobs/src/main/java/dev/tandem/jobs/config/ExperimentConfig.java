package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.List;

/** The group {@code experiment}. */
public record ExperimentConfig(String name, String notes, List<String> tags)
    implements Serializable {}
