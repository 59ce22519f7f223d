package dev.tandem.jobs.artifact;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code manifest.json} of an artifact: what it is, what made it, from what. It is written
 * last, so an artifact with a manifest is complete.
 *
 * @param kind what the artifact is
 * @param formatVersion version of its layout
 * @param inputs content hash of each input, by the input's role
 * @param configuration the settings that shaped it; values are what JSON knows: text, numbers,
 *     booleans, lists, maps, null
 * @param counts how many of what is in it
 * @param files every file but the manifest, by path relative to the artifact
 * @param createdBy Tandem's name and version
 * @param createdAt time of completion, ISO 8601 in UTC
 */
@JsonPropertyOrder({
  "kind",
  "format-version",
  "created-by",
  "created-at",
  "inputs",
  "configuration",
  "counts",
  "files"
})
public record Manifest(
    @JsonProperty("kind") String kind,
    @JsonProperty("format-version") int formatVersion,
    @JsonProperty("inputs") Map<String, String> inputs,
    @JsonProperty("configuration") Map<String, Object> configuration,
    @JsonProperty("counts") Map<String, Long> counts,
    @JsonProperty("files") Map<String, FileEntry> files,
    @JsonProperty("created-by") String createdBy,
    @JsonProperty("created-at") String createdAt) {

  /** Name of the file in the artifact's directory. */
  public static final String FILE_NAME = "manifest.json";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public Manifest {
    inputs = sorted(inputs);
    configuration = sorted(configuration);
    counts = sorted(counts);
    files = sorted(files);
  }

  private static <V> Map<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map == null ? Map.of() : map));
  }

  /** Whether this artifact was made from the same inputs with the same configuration. */
  public boolean isFor(
      ArtifactKind kind, Map<String, String> inputs, Map<String, ?> configuration) {
    return this.kind.equals(kind.name())
        && formatVersion == kind.writtenVersion(configuration)
        && this.inputs.equals(inputs)
        && json(this.configuration).equals(json(configuration));
  }

  /** A count by name; 0 where the artifact does not name it. */
  public long count(String name) {
    return counts.getOrDefault(name, 0L);
  }

  /** The manifest as indented JSON. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (IOException e) {
      throw new IllegalArgumentException("The configuration holds a value JSON does not know", e);
    }
  }

  /**
   * A manifest from its JSON.
   *
   * @throws IOException where the text is no manifest
   */
  public static Manifest parse(byte[] json) throws IOException {
    Manifest manifest = JSON.readValue(json, Manifest.class);
    if (manifest.kind == null || manifest.formatVersion < 1) {
      throw new IOException("kind or format-version is missing");
    }
    return manifest;
  }

  // Through text, so that 1 as int and 1 as long are the same value.
  private static JsonNode json(Object value) {
    try {
      return JSON.readTree(JSON.writeValueAsString(value));
    } catch (IOException e) {
      throw new IllegalArgumentException("The configuration holds a value JSON does not know", e);
    }
  }
}
