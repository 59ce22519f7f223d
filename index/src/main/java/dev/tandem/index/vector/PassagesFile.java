package dev.tandem.index.vector;

import java.io.Serializable;
import java.util.Objects;

/**
 * What there is to know about a part's passages without opening their file.
 *
 * @param file its name in the set's directory
 * @param bytes its length
 * @param crc32c its CRC-32C, eight hexadecimal digits
 */
public record PassagesFile(String file, long bytes, String crc32c) implements Serializable {

  /** Checks the components. */
  public PassagesFile {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(crc32c, "crc32c");
    if (bytes < 8) {
      throw new IllegalArgumentException(file + ": " + bytes + " bytes cannot hold any passages");
    }
  }
}
