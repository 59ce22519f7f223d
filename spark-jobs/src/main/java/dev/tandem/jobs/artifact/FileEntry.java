package dev.tandem.jobs.artifact;

import java.io.Serializable;

/**
 * A file of an artifact as it was written.
 *
 * @param bytes its length
 * @param sha256 hex SHA-256 of its content
 */
public record FileEntry(long bytes, String sha256) implements Serializable {}
