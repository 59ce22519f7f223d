package dev.tandem.index.catalogue;

/** Someone else published after this writer had looked what was current: it lost and may retry. */
public final class PublishConflictException extends CatalogueException {

  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public PublishConflictException(String message) {
    super(message);
  }
}
