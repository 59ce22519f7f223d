package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.Map;

/**
 * The group {@code spark}.
 *
 * @param conf Spark properties by their full names
 */
public record SparkConfig(String master, Map<String, String> conf) implements Serializable {}
