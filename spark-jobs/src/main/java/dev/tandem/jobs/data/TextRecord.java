package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * A passage or a query as text.
 *
 * @param id its id, not empty and without white space
 * @param text its text, without line breaks where it came from TSV
 */
public record TextRecord(String id, String text) implements Serializable {}
