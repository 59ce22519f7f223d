package dev.tandem.jobs.artifact;

import java.io.Serializable;
import java.util.Map;

/**
 * What an artifact is and how it is laid out on disk.
 *
 * @param name the word in the manifest, for example {@code prepared}
 * @param formatVersion newest version of the layout; every version from 1 to this one is read
 * @param written in which version an artifact is written
 */
public record ArtifactKind(String name, int formatVersion, WrittenVersion written)
    implements Serializable {

  /**
   * Chooses the version that an artifact is written in. The oldest that can say what the artifact
   * holds keeps it readable by older Tandems, and what they have written the same artifact.
   */
  @FunctionalInterface
  public interface WrittenVersion extends Serializable {
    /**
     * The version for an artifact.
     *
     * @param configuration the settings that shape it
     */
    int of(Map<String, ?> configuration);
  }

  public ArtifactKind {
    if (name.isBlank() || formatVersion < 1) {
      throw new IllegalArgumentException(
          "An artifact kind needs a name and a format version from 1, not '"
              + name
              + "', "
              + formatVersion);
    }
  }

  /** A kind that is always written in its newest version. */
  public ArtifactKind(String name, int formatVersion) {
    this(name, formatVersion, configuration -> formatVersion);
  }

  /**
   * The version of the layout in which an artifact with this configuration is written.
   *
   * @return from 1 to {@link #formatVersion}
   */
  public int writtenVersion(Map<String, ?> configuration) {
    int version = written.of(configuration);
    if (version < 1 || version > formatVersion) {
      throw new IllegalStateException(
          "'" + name + "' cannot be written in version " + version + " of " + formatVersion);
    }
    return version;
  }
}
