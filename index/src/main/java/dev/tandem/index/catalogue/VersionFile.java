package dev.tandem.index.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Objects;

/**
 * A file of a version as it was written.
 *
 * @param bytes its length
 * @param sha256 hex SHA-256 of its content
 */
public record VersionFile(@JsonProperty("bytes") long bytes, @JsonProperty("sha256") String sha256)
    implements Serializable {

  /** Checks the components. */
  public VersionFile {
    Objects.requireNonNull(sha256, "sha256");
    if (bytes < 0) {
      throw new IllegalArgumentException("a file's length must not be negative, got " + bytes);
    }
  }
}
