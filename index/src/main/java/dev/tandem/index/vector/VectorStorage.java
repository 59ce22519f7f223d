package dev.tandem.index.vector;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * How a part keeps vectors on disk. In memory vectors are float32 whatever the storage, and what is
 * read back is what searches see: writing that again with the same storage gives the same bytes.
 */
public enum VectorStorage {
  /** IEEE single precision, as encoders yield it; nothing is lost. */
  FLOAT32("float32", ".f32", new Float32Rows()),

  /**
   * IEEE half precision, rounded to nearest, ties to even: 11 significant bits from 2^-14 up to
   * 65504, fewer below.
   */
  FLOAT16("float16", ".f16", new Float16Rows()),

  /**
   * Whole numbers from -127 to 127 times a scale that the vector has for itself: its largest
   * magnitude divided by 127.
   */
  INT8("int8", ".i8", new Int8Rows());

  private final String key;
  private final String ending;
  private final RowFormat rows;

  VectorStorage(String key, String ending, RowFormat rows) {
    this.key = key;
    this.ending = ending;
    this.rows = rows;
  }

  /**
   * The storage of a name.
   *
   * @param key as {@link #key} gives it
   * @throws IllegalArgumentException if there is none of that name
   */
  public static VectorStorage of(String key) {
    return Arrays.stream(values())
        .filter(storage -> storage.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no vector storage '"
                        + key
                        + "', only "
                        + Arrays.stream(values())
                            .map(s -> s.key)
                            .collect(Collectors.joining(", "))));
  }

  /** Its name in configurations and manifests, as {@code float16}. */
  public String key() {
    return key;
  }

  /** What the name of a vectors' file ends with, as {@code .f16}. */
  public String ending() {
    return ending;
  }

  /** Length of a file of so many vectors. */
  public long bytes(long rows, int dimension) {
    return rows * ((long) this.rows.bytes(dimension) + this.rows.scaleBytes());
  }

  /**
   * Makes vectors what they are after writing and reading.
   *
   * @param vectors row-major, changed in place
   * @param dimension components of a vector
   * @throws VectorRangeException if a component is too large for this storage
   * @throws IllegalArgumentException if a component is not finite
   */
  public void round(float[] vectors, int dimension) {
    for (int i = 0; i < vectors.length; i++) {
      if (!Float.isFinite(vectors[i])) {
        throw new IllegalArgumentException(
            "vector "
                + i / dimension
                + " has "
                + vectors[i]
                + " at component "
                + i % dimension
                + ", which cannot be searched for");
      }
    }
    rows.round(vectors, dimension);
  }

  RowFormat rows() {
    return rows;
  }

  @Override
  public String toString() {
    return key;
  }
}
