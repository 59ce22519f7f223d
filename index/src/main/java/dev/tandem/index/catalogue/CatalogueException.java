package dev.tandem.index.catalogue;

import java.io.IOException;

/**
 * A version or publication is missing, damaged or does not fit; the message names it and says what
 * to do.
 */
public class CatalogueException extends IOException {

  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public CatalogueException(String message) {
    super(message);
  }

  /** An exception with this message and cause. */
  public CatalogueException(String message, Throwable cause) {
    super(message, cause);
  }
}
