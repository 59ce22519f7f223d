package dev.tandem.index.vector;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/**
 * Passage ids by row, held as UTF-8 in one byte array: a fraction of what strings take. Immutable
 * and safe to share between threads.
 */
public final class PassageIds implements Serializable {

  private static final long serialVersionUID = 1L;

  /** All ids, each followed by a newline. */
  private final byte[] bytes;

  /** Where each id starts, and one past the last newline at the end. */
  private final int[] starts;

  private PassageIds(byte[] bytes, int[] starts) {
    this.bytes = bytes;
    this.starts = starts;
  }

  /**
   * The given ids, in order; the same id may appear more than once.
   *
   * @throws IllegalArgumentException if an id is empty or has a tab or line break
   */
  public static PassageIds of(Collection<String> ids) {
    Builder builder = new Builder();
    ids.forEach(builder::add);
    return builder.build();
  }

  /** As {@link #of(Collection)}. */
  public static PassageIds of(String... ids) {
    return of(Arrays.asList(ids));
  }

  /**
   * Takes the content of an ids file.
   *
   * @param content lines of UTF-8, each ended by a newline; not copied, must not change
   * @param rows how many there must be
   * @param source the file's name for messages
   * @throws VectorPartException if there are more or fewer lines, or an empty one
   */
  static PassageIds parse(byte[] content, int rows, String source) throws VectorPartException {
    int[] starts = new int[rows + 1];
    int found = 0;
    for (int i = 0; i < content.length; i++) {
      if (content[i] == '\n') {
        if (found == rows || i == starts[found]) {
          throw new VectorPartException(
              source
                  + ":"
                  + (found + 1)
                  + (found == rows ? ": more ids than the " + rows + " vectors" : ": an empty id"));
        }
        starts[++found] = i + 1;
      }
    }
    if (found != rows || starts[rows] != content.length) {
      throw new VectorPartException(
          source + ": expected " + rows + " ids, each ended by a newline, found " + found);
    }
    return new PassageIds(content, starts);
  }

  /** Number of ids. */
  public int size() {
    return starts.length - 1;
  }

  /** The id of a row. */
  public String get(int row) {
    return new String(
        bytes, starts[row], starts[row + 1] - 1 - starts[row], StandardCharsets.UTF_8);
  }

  /** Compares two ids by their bytes, unsigned, as {@code strcmp} does. */
  public int compare(int row, PassageIds other, int otherRow) {
    return Arrays.compareUnsigned(
        bytes,
        starts[row],
        starts[row + 1] - 1,
        other.bytes,
        other.starts[otherRow],
        other.starts[otherRow + 1] - 1);
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, starts[size()]);
  }

  /** Collects ids. Not thread-safe. */
  public static final class Builder {

    private byte[] bytes = new byte[256];
    private int[] starts = new int[17];
    private int size;

    /**
     * Adds an id.
     *
     * @throws IllegalArgumentException if it is empty or has a tab or line break
     * @throws IllegalStateException if all ids together would pass 2 GB
     */
    public void add(String id) {
      if (id.isEmpty()) {
        throw new IllegalArgumentException("a passage id must not be empty (row " + size + ")");
      }
      for (int i = 0; i < id.length(); i++) {
        char c = id.charAt(i);
        if (c == '\n' || c == '\r' || c == '\t') {
          throw new IllegalArgumentException(
              "a passage id must not contain a tab or line break, got '"
                  + id.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
                  + "'");
        }
      }
      byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
      append(utf8, 0, utf8.length);
    }

    /** Adds an id of another collection. */
    public void add(PassageIds ids, int row) {
      append(ids.bytes, ids.starts[row], ids.starts[row + 1] - 1 - ids.starts[row]);
    }

    private void append(byte[] from, int at, int length) {
      long needed = (long) starts[size] + length + 1;
      if (needed > Integer.MAX_VALUE - 8) {
        throw new IllegalStateException("more than 2 GB of passage ids in one part");
      }
      if (needed > bytes.length) {
        bytes =
            Arrays.copyOf(
                bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
      }
      if (size + 2 > starts.length) {
        starts = Arrays.copyOf(starts, starts.length * 2);
      }
      System.arraycopy(from, at, bytes, starts[size], length);
      bytes[(int) needed - 1] = '\n';
      starts[++size] = (int) needed;
    }

    /** Number of ids so far. */
    public int size() {
      return size;
    }

    /** Bytes the ids so far take in a file. */
    public long bytes() {
      return starts[size];
    }

    /** The ids so far. */
    public PassageIds build() {
      return new PassageIds(Arrays.copyOf(bytes, starts[size]), Arrays.copyOf(starts, size + 1));
    }
  }
}
