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
 * @param dimension components of a vector
 * @param storage how the vectors' file keeps them; null, as in descriptions of before there was a
 *     choice, becomes float32
 * @param vectorsBytes length of the vectors' file, as {@link VectorStorage#bytes} says
 * @param idsBytes length of the ids' file
 * @param vectorsCrc32c CRC-32C of the vectors' file, eight hexadecimal digits
 * @param idsCrc32c CRC-32C of the ids' file, eight hexadecimal digits
 * @param passages the file with the rows' passages; null where there is none
 * @param metadata the file with the metadata of the rows' passages; null where none are kept
 */
public record VectorPart(
    String name,
    String vectorsFile,
    String idsFile,
    int rows,
    int dimension,
    VectorStorage storage,
    long vectorsBytes,
    long idsBytes,
    String vectorsCrc32c,
    String idsCrc32c,
    PassagesFile passages,
    MetadataFile metadata)
    implements Serializable {

  /**
   * A part's vectors stay below this many bytes, on disk and as float32 in memory, so that one
   * buffer can hold them.
   */
  public static final long MAX_VECTORS_BYTES = Integer.MAX_VALUE;

  /** Checks the components. */
  public VectorPart {
    if (storage == null) {
      storage = VectorStorage.FLOAT32;
    }
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
    if (vectorsBytes != storage.bytes(rows, dimension) || rows > maxRows(storage, dimension)) {
      throw new IllegalArgumentException(
          "part '"
              + name
              + "': "
              + rows
              + " vectors of "
              + dimension
              + " components take "
              + storage.bytes(rows, dimension)
              + " bytes as "
              + storage
              + ", which must be vectorsBytes (got "
              + vectorsBytes
              + "), and a part has at most "
              + maxRows(storage, dimension)
              + " of them");
    }
    // Every id takes at least one byte and a newline.
    if (idsBytes < 2L * rows || idsBytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "part '" + name + "': " + idsBytes + " bytes cannot hold " + rows + " ids");
    }
  }

  /**
   * How many vectors of this dimension fit into one part: neither their file nor the same vectors
   * as float32 in memory may pass 2 GB.
   */
  public static int maxRows(VectorStorage storage, int dimension) {
    long largest = Math.max(storage.bytes(1, dimension), VectorStorage.FLOAT32.bytes(1, dimension));
    return (int) (MAX_VECTORS_BYTES / largest);
  }
}
