package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * A passage or query after tokenization.
 *
 * @param id its id in the collection or the queries
 * @param tokens token ids, start and end token included
 */
public record TokenizedText(String id, int[] tokens) implements Serializable {}
