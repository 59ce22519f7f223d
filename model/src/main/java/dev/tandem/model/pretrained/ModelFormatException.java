package dev.tandem.model.pretrained;

import java.io.IOException;

/**
 * A model file that is missing, damaged, or of a kind Tandem cannot read. The message names the
 * file, what was expected and what was found.
 */
public final class ModelFormatException extends IOException {

  private static final long serialVersionUID = 1L;

  public ModelFormatException(String message) {
    super(message);
  }

  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
