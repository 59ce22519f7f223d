package dev.tandem.jobs.failure;

/**
 * A failure whose message is for the person at the console: what was wrong, the value, where, and
 * what to do. It ends the command with its exit status and without a stack trace.
 */
public final class TandemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why a command fails, as an exit status. */
  public enum Kind {
    /** Wrong use or configuration. */
    USAGE(2),
    /** Bad input data. */
    BAD_DATA(3),
    /** An artifact is missing, damaged or does not fit. */
    ARTIFACT(4);

    private final int exitStatus;

    Kind(int exitStatus) {
      this.exitStatus = exitStatus;
    }

    /** The exit status of the process. */
    public int exitStatus() {
      return exitStatus;
    }
  }

  private final Kind kind;

  public TandemException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public TandemException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Why the command fails. */
  public Kind kind() {
    return kind;
  }
}
