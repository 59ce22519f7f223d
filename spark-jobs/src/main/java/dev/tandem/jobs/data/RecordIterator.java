package dev.tandem.jobs.data;

import dev.tandem.jobs.data.BadRecord.Reason;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;

/**
 * The records of one split, good and bad. A compressed file that breaks off ends in a bad record
 * saying so; other failures of the file system are thrown, so that Spark tries the task again.
 *
 * @param <T> type of the records
 */
public final class RecordIterator<T> implements Iterator<Located<T>>, AutoCloseable {
  private final InputSplit split;
  private final RecordParser<T> parser;
  private LineReader lines;
  private Located<T> next;
  private long lastLine;

  /**
   * Opens a split.
   *
   * @throws IOException where the file cannot be opened
   */
  public RecordIterator(Configuration hadoop, InputSplit split, RecordParser<T> parser)
      throws IOException {
    this.split = split;
    this.parser = parser;
    this.lastLine = split.firstLine() - 1;
    try {
      this.lines = new LineReader(hadoop, split);
      advance();
    } catch (EOFException | ZipException e) {
      next = broken(e);
    }
  }

  private void advance() throws IOException {
    next = null;
    while (next == null && lines != null) {
      try {
        if (!lines.next()) {
          close();
          return;
        }
        lastLine = lines.number();
        next = parse();
      } catch (EOFException | ZipException e) {
        next = broken(e);
        close();
      }
    }
  }

  private Located<T> parse() {
    long line = lines.number();
    if (lines.tooLong()) {
      return bad(line, Reason.MALFORMED, "longer than " + LineReader.MAX_LINE_BYTES + " bytes");
    }
    try {
      T value = parser.parse(lines.text(), line);
      return value == null ? null : new Located<>(split.file(), line, value, null);
    } catch (CharacterCodingException e) {
      return bad(
          line,
          Reason.INVALID_UTF8,
          "byte " + (lines.firstInvalidByte() + 1) + " of the line is no UTF-8");
    } catch (BadLineException e) {
      return bad(line, e.reason(), e.getMessage());
    }
  }

  private Located<T> broken(IOException e) {
    // Every slice meets the same broken end; one of them reports it.
    if (split.slice() > 0) {
      return null;
    }
    String what =
        e instanceof EOFException
            ? "the file ends inside its compressed data; it was not copied whole"
            : "no valid gzip data (" + e.getMessage() + ")";
    return bad(lastLine + 1, Reason.UNREADABLE_FILE, what);
  }

  private Located<T> bad(long line, Reason reason, String detail) {
    return new Located<>(
        split.file(), line, null, new BadRecord(split.file(), line, reason, detail));
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Located<T> next() {
    if (next == null) {
      throw new NoSuchElementException();
    }
    Located<T> current = next;
    try {
      advance();
    } catch (FileNotFoundException e) {
      throw new UncheckedIOException(split.path() + " is gone", e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + split.path(), e);
    }
    return current;
  }

  /** Closes the file; reaching the end does so too. */
  @Override
  public void close() throws IOException {
    if (lines != null) {
      lines.close();
      lines = null;
    }
  }
}
