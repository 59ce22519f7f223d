package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * Turns a line into a record.
 *
 * @param <T> type of the record
 */
@FunctionalInterface
public interface RecordParser<T> extends Serializable {

  /**
   * Parses one line.
   *
   * @param line the line without its end
   * @param number its number in the file, from 1
   * @return the record, or null where the line is none, as a header
   * @throws BadLineException where it is malformed
   */
  T parse(String line, long number) throws BadLineException;
}
