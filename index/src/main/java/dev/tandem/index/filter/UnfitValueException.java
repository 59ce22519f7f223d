package dev.tandem.index.filter;

/** A passage's metadata cannot be compared as a filter asks; the message names the value. */
public final class UnfitValueException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public UnfitValueException(String message) {
    super(message);
  }
}
