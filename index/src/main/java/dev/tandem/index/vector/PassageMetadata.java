package dev.tandem.index.vector;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The metadata of a part's passages, row for row: some fields, each of which a passage has one
 * value of or none. Held by column, each distinct value once, so that a condition is decided once a
 * value and not once a row. Immutable and safe to share between threads.
 */
public final class PassageMetadata implements Serializable {

  /** What a row has in place of a code where its passage has no value. */
  public static final int ABSENT = -1;

  /** Bytes that come before the columns in a file. */
  static final int HEADER_BYTES = 16;

  /** Longest file, so that one array can hold it. */
  static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final long serialVersionUID = 1L;

  private final int rows;
  private final TreeMap<String, Column> columns;

  PassageMetadata(int rows, TreeMap<String, Column> columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * One field of all rows.
   *
   * @param values the distinct values, in the order in which rows have them first
   * @param codes for each row the index of its value, or {@link #ABSENT}
   */
  record Column(String[] values, int[] codes) implements Serializable {}

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Names of the fields, ascending. */
  public List<String> fields() {
    return List.copyOf(columns.keySet());
  }

  /**
   * The distinct values of a field.
   *
   * @throws IllegalArgumentException if there is no such field
   */
  public List<String> values(String field) {
    return Collections.unmodifiableList(Arrays.asList(column(field).values()));
  }

  /**
   * Which value of a field a row has.
   *
   * @return an index into {@link #values}, or {@link #ABSENT}
   * @throws IllegalArgumentException if there is no such field
   */
  public int code(String field, int row) {
    return column(field).codes()[row];
  }

  /** A row's values by field; fields that its passage lacks are left out. */
  public SortedMap<String, String> row(int row) {
    SortedMap<String, String> found = new TreeMap<>();
    columns.forEach(
        (field, column) -> {
          if (column.codes()[row] != ABSENT) {
            found.put(field, column.values()[column.codes()[row]]);
          }
        });
    return found;
  }

  Column column(String field) {
    Column column = columns.get(field);
    if (column == null) {
      throw new IllegalArgumentException(
          "there is no metadata field '" + field + "', there are " + columns.keySet());
    }
    return column;
  }

  /** Collects metadata row by row. Not thread-safe. */
  public static final class Builder {

    private static final int FIRST_ROWS = 1024;

    private static final class Growing {
      private final Map<String, Integer> codeOf = new HashMap<>();
      private final List<String> values = new ArrayList<>();
      private int[] codes = new int[FIRST_ROWS];

      int code(String value) {
        return codeOf.computeIfAbsent(
            value,
            v -> {
              values.add(v);
              return values.size() - 1;
            });
      }
    }

    private final TreeMap<String, Growing> columns = new TreeMap<>();
    private int rows;

    /**
     * @param fields names of the fields to keep; others are passed over
     */
    public Builder(Collection<String> fields) {
      new TreeSet<>(fields).forEach(field -> columns.put(field, new Growing()));
    }

    /**
     * Adds a row.
     *
     * @param metadata its values by field; fields not there are absent
     */
    public void add(Map<String, String> metadata) {
      columns.forEach(
          (field, column) -> {
            String value = metadata.get(field);
            if (rows == column.codes.length) {
              column.codes = Arrays.copyOf(column.codes, 2 * rows);
            }
            column.codes[rows] = value == null ? ABSENT : column.code(value);
          });
      rows++;
    }

    /** Number of rows so far. */
    public int rows() {
      return rows;
    }

    /** The rows so far. */
    public PassageMetadata build() {
      TreeMap<String, Column> built = new TreeMap<>();
      columns.forEach(
          (field, column) ->
              built.put(
                  field,
                  new Column(
                      column.values.toArray(new String[0]), Arrays.copyOf(column.codes, rows))));
      return new PassageMetadata(rows, built);
    }
  }
}
