package dev.tandem.index.vector;

import java.io.IOException;

/** A part's file is missing, cut off, too long or damaged; the message names file and values. */
public final class VectorPartException extends IOException {

  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public VectorPartException(String message) {
    super(message);
  }

  /** An exception with this message and cause. */
  public VectorPartException(String message, Throwable cause) {
    super(message, cause);
  }
}
