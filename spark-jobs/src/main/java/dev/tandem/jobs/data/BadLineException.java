package dev.tandem.jobs.data;

/** Says why a line is no record. Costs no stack trace, as there may be many. */
public final class BadLineException extends Exception {
  private static final long serialVersionUID = 1L;

  private final BadRecord.Reason reason;

  BadLineException(BadRecord.Reason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  /** The class of problem. */
  public BadRecord.Reason reason() {
    return reason;
  }
}
