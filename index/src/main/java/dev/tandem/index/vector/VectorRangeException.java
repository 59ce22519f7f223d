package dev.tandem.index.vector;

/**
 * A component of a vector is finite, and still too large for the storage it is to be written in.
 */
public final class VectorRangeException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  VectorRangeException(String message) {
    super(message);
  }
}
