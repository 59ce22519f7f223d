package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * A record, or the reason why there is none, with its place.
 *
 * @param file number of its file among those of the data set
 * @param line its line, from 1
 * @param value the record; null where it is bad
 * @param problem what is wrong; null where nothing is
 * @param <T> type of the record
 */
public record Located<T>(int file, long line, T value, BadRecord problem) implements Serializable {}
