package dev.tandem.index.vector;

import java.util.Arrays;

/**
 * Which rows are of one passage: neighbouring rows with the same id, the vectors of its windows.
 * Immutable and safe to share between threads.
 */
public final class PassageRows {

  /** The first row of each passage, and one past the last row; null where each row is a passage. */
  private final int[] starts;

  private final int rows;

  private PassageRows(int[] starts, int rows) {
    this.starts = starts;
    this.rows = rows;
  }

  /** The passages of some rows. */
  public static PassageRows of(PassageIds ids) {
    int rows = ids.size();
    int[] starts = new int[rows + 1];
    int passages = 0;
    for (int row = 0; row < rows; row++) {
      if (row == 0 || ids.compare(row, ids, row - 1) != 0) {
        starts[passages++] = row;
      }
    }
    if (passages == rows) {
      return new PassageRows(null, rows);
    }
    starts[passages] = rows;
    return new PassageRows(Arrays.copyOf(starts, passages + 1), rows);
  }

  /** Whether every passage has one row. */
  public boolean single() {
    return starts == null;
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Number of passages. */
  public int passages() {
    return starts == null ? rows : starts.length - 1;
  }

  /** The first row of a passage, by its number from 0. */
  public int first(int passage) {
    return starts == null ? passage : starts[passage];
  }

  /** One past the last row of a passage. */
  public int end(int passage) {
    return starts == null ? passage + 1 : starts[passage + 1];
  }

  /** Number of the passage that a row is of. */
  public int passage(int row) {
    if (starts == null) {
      return row;
    }
    int found = Arrays.binarySearch(starts, row);
    return found >= 0 ? found : -found - 2;
  }
}
