package dev.tandem.index.vector;

import java.io.Serializable;
import java.util.Objects;

/**
 * What there is to know about a part without opening its files; the manifest of a set of vectors
 * keeps one for each.
 *
 * @param name the part's name, unique in its set
 * @param vectorsFile name of the vectors' file in the set's directory
 * @param idsFile name of the ids' file in the same directory
 * @param rows number of vectors and of ids
 * @param dimension floats in a vector
 * @param vectorsBytes length of the vectors' file: rows times dimension times 4
 * @param idsBytes length of the ids' file
 * @param vectorsCrc32c CRC-32C of the vectors' file, eight hexadecimal digits
 * @param idsCrc32c CRC-32C of the ids' file, eight hexadecimal digits
 * @param passages the file with the rows' passages; null where there is none
 */
public record VectorPart(
    String name,
    String vectorsFile,
    String idsFile,
    int rows,
    int dimension,
    long vectorsBytes,
    long idsBytes,
    String vectorsCrc32c,
    String idsCrc32c,
    PassagesFile passages)
    implements Serializable {

  /** A part's vectors stay below this many bytes, so that one buffer can hold them. */
  public static final long MAX_VECTORS_BYTES = Integer.MAX_VALUE;

  /** Checks the components. */
  public VectorPart {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(vectorsFile, "vectorsFile");
    Objects.requireNonNull(idsFile, "idsFile");
    Objects.requireNonNull(vectorsCrc32c, "vectorsCrc32c");
    Objects.requireNonNull(idsCrc32c, "idsCrc32c");
    if (rows < 0 || dimension < 1) {
      throw new IllegalArgumentException(
          "part '"
              + name
              + "': rows must not be negative and dimension must be positive, got rows "
              + rows
              + ", dimension "
              + dimension);
    }
    if (vectorsBytes != 4L * rows * dimension || vectorsBytes > MAX_VECTORS_BYTES) {
      throw new IllegalArgumentException(
          "part '"
              + name
              + "': "
              + rows
              + " vectors of "
              + dimension
              + " floats take "
              + 4L * rows * dimension
              + " bytes, which must be vectorsBytes (got "
              + vectorsBytes
              + ") and at most "
              + MAX_VECTORS_BYTES);
    }
    // Every id takes at least one byte and a newline.
    if (idsBytes < 2L * rows || idsBytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "part '" + name + "': " + idsBytes + " bytes cannot hold " + rows + " ids");
    }
  }

  /** How many vectors of this dimension fit into one part. */
  public static int maxRows(int dimension) {
    return (int) (MAX_VECTORS_BYTES / (4L * dimension));
  }
}
