package dev.tandem.index.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;

/**
 * An entry of the publication log: from here on a version was the current one.
 *
 * @param number its place in the log, from 1
 * @param version the version's name
 * @param previous the version that was current before; null for the first
 * @param action {@code publish} or {@code rollback}
 * @param at when, ISO 8601 in UTC
 * @param by who, for people
 * @param token of this very attempt to publish
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"format-version", "number", "version", "previous", "action", "at", "by"})
public record Publication(
    @JsonProperty("number") long number,
    @JsonProperty("version") String version,
    @JsonProperty("previous") String previous,
    @JsonProperty("action") String action,
    @JsonProperty("at") String at,
    @JsonProperty("by") String by,
    @JsonProperty("token") String token) {

  static final String PUBLISH = "publish";
  static final String ROLLBACK = "rollback";

  /** Version of the layout of a publication file. */
  @JsonProperty("format-version")
  public int formatVersion() {
    return 1;
  }

  byte[] toJson() {
    return CatalogueJson.write(this);
  }

  /** The publication of a file; fails where it is cut off or another number's. */
  static Publication parse(byte[] json, long number) throws IOException {
    Publication read = CatalogueJson.read(json, Publication.class);
    if (read.number != number || read.version == null || read.token == null) {
      throw new IOException("it is not publication " + number);
    }
    return read;
  }
}
