package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code index}. */
public record IndexConfig(@OneOf("flat") String type) implements Serializable {}
