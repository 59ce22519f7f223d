package dev.tandem.jobs.data;

import java.io.Serializable;
import java.util.Comparator;

/**
 * A record that cannot be used, and why.
 *
 * @param file number of its file among those of the data set
 * @param line its line, from 1
 * @param reason why, as a class of problems
 * @param detail why, in this case, for people
 */
public record BadRecord(int file, long line, Reason reason, String detail)
    implements Serializable, Comparable<BadRecord> {

  private static final Comparator<BadRecord> ORDER =
      Comparator.comparingInt(BadRecord::file)
          .thenComparingLong(BadRecord::line)
          .thenComparing(BadRecord::reason)
          .thenComparing(BadRecord::detail);

  /** What can be wrong with a record. */
  public enum Reason {
    UNREADABLE_FILE("unreadable file"),
    MALFORMED("malformed line"),
    INVALID_UTF8("invalid UTF-8"),
    BAD_ID("bad id"),
    EMPTY_TEXT("empty text"),
    BAD_GRADE("bad grade"),
    DUPLICATE_ID("duplicate id"),
    DUPLICATE_JUDGEMENT("duplicate judgement"),
    UNKNOWN_QUERY("unknown query id"),
    UNKNOWN_PASSAGE("unknown passage id");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    /** The reason in words. */
    public String words() {
      return words;
    }

    /** Whether skipping the one record does not help, as the rest of the file is lost too. */
    public boolean losesFile() {
      return this == UNREADABLE_FILE;
    }
  }

  @Override
  public int compareTo(BadRecord other) {
    return ORDER.compare(this, other);
  }
}
