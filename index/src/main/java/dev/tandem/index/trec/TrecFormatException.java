package dev.tandem.index.trec;

import java.io.IOException;

/** A qrels or run file with a line that cannot be taken; the message starts with file:line. */
public final class TrecFormatException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String source;
  private final long line;

  /**
   * @param source the file's name as the user knows it
   * @param line the line's number, from 1
   * @param reason what is wrong and what is expected
   */
  public TrecFormatException(String source, long line, String reason) {
    super(source + ":" + line + ": " + reason);
    this.source = source;
    this.line = line;
  }

  /** The file's name. */
  public String source() {
    return source;
  }

  /** The line's number, from 1. */
  public long line() {
    return line;
  }
}
