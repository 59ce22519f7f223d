package dev.tandem.index.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code manifest.json} of an index version: what it is, from what and by what it was made. It
 * is written last, so a version with a manifest is complete.
 *
 * @param formatVersion version of the layout of manifest and files, from 1 to {@link
 *     #FORMAT_VERSION}
 * @param version the version's name
 * @param parent the version that was current when this one was begun; null where there was none
 * @param facts what whoever made it says of it
 * @param files every file of the version but the manifest, by name
 * @param createdAt time of completion, ISO 8601 in UTC
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"kind", "format-version", "version", "parent", "created-at", "facts", "files"})
public record VersionManifest(
    @JsonProperty("format-version") int formatVersion,
    @JsonProperty("version") String version,
    @JsonProperty("parent") String parent,
    @JsonProperty("facts") Facts facts,
    @JsonProperty("files") Map<String, VersionFile> files,
    @JsonProperty("created-at") String createdAt) {

  /** Name of the file in the version's directory. */
  public static final String FILE_NAME = "manifest.json";

  /** The word for this kind of manifest. */
  static final String KIND = "index";

  /**
   * Newest version of the layout; older ones are read. What version 1 can hold is written as
   * version 1. Version 2 has vectors in other storages than float32, metadata, or several vectors a
   * passage.
   */
  public static final int FORMAT_VERSION = 2;

  /**
   * What a version is.
   *
   * @param identity hash of everything that shaped it; a build with the same identity gives the
   *     same index
   * @param model fingerprint of the model that made the vectors
   * @param dimension elements of a vector
   * @param createdBy Tandem's name and version
   * @param inputs content hash of each input, by the input's role
   * @param configuration the settings; values are what JSON knows
   * @param counts how many of what is in it
   * @param audit what was measured on it, as recall against exact search
   */
  @JsonPropertyOrder({
    "identity",
    "model",
    "dimension",
    "created-by",
    "inputs",
    "configuration",
    "counts",
    "audit"
  })
  public record Facts(
      @JsonProperty("identity") String identity,
      @JsonProperty("model") String model,
      @JsonProperty("dimension") int dimension,
      @JsonProperty("created-by") String createdBy,
      @JsonProperty("inputs") Map<String, String> inputs,
      @JsonProperty("configuration") Map<String, Object> configuration,
      @JsonProperty("counts") Map<String, Long> counts,
      @JsonProperty("audit") Map<String, Object> audit) {

    /** Copies the maps, sorted. */
    public Facts {
      inputs = sorted(inputs);
      configuration = sorted(configuration);
      counts = sorted(counts);
      audit = sorted(audit);
    }

    /** A count by name; 0 where the version does not name it. */
    public long count(String name) {
      return counts.getOrDefault(name, 0L);
    }
  }

  /** Copies the files, sorted. */
  public VersionManifest {
    if (formatVersion < 1 || formatVersion > FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "format versions are from 1 to " + FORMAT_VERSION + ", not " + formatVersion);
    }
    files = sorted(files);
  }

  private static <V> Map<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map == null ? Map.of() : map));
  }

  /** What kind of artifact has this manifest. */
  @JsonProperty("kind")
  public String kind() {
    return KIND;
  }

  /** Length of all files but the manifest together. */
  public long bytes() {
    return files.values().stream().mapToLong(VersionFile::bytes).sum();
  }

  byte[] toJson() {
    return CatalogueJson.write(this);
  }

  /** The head of any manifest, read before the rest, which another layout may have changed. */
  private record Head(
      @JsonProperty("kind") String kind, @JsonProperty("format-version") int formatVersion) {}

  /**
   * A manifest from its JSON.
   *
   * @throws IOException where the text is no manifest, or of a layout that is not known
   */
  static VersionManifest parse(byte[] json, String version) throws IOException {
    Head head = CatalogueJson.read(json, Head.class);
    if (!KIND.equals(head.kind) || head.formatVersion < 1) {
      throw new IOException("it is no manifest of an index version");
    }
    if (head.formatVersion > FORMAT_VERSION) {
      throw new IOException(
          "it has unknown format version "
              + head.formatVersion
              + ", this Tandem reads up to "
              + FORMAT_VERSION
              + "; use the Tandem that wrote it or a newer one");
    }
    VersionManifest read = CatalogueJson.read(json, VersionManifest.class);
    if (!version.equals(read.version) || read.facts == null || read.createdAt == null) {
      throw new IOException("it is not the manifest of version " + version);
    }
    return read;
  }
}
