package dev.tandem.index.vector;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What there is to know about a part's metadata without opening their file.
 *
 * @param file its name in the set's directory
 * @param bytes its length
 * @param crc32c its CRC-32C, eight hexadecimal digits
 * @param fields names of the fields, ascending
 */
public record MetadataFile(String file, long bytes, String crc32c, List<String> fields)
    implements Serializable {

  /** Checks the components. */
  public MetadataFile {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(crc32c, "crc32c");
    // Of a type that Java serialization knows everywhere.
    fields = new ArrayList<>(fields);
    if (bytes < PassageMetadata.HEADER_BYTES || bytes > PassageMetadata.MAX_BYTES) {
      throw new IllegalArgumentException(
          file
              + ": metadata take from "
              + PassageMetadata.HEADER_BYTES
              + " to "
              + PassageMetadata.MAX_BYTES
              + " bytes, got "
              + bytes);
    }
  }
}
