package dev.tandem.jobs.artifact;

import java.io.Serializable;

/**
 * What an artifact is and how it is laid out on disk.
 *
 * @param name the word in the manifest, for example {@code prepared}
 * @param formatVersion newest version of the layout that this Tandem writes; it reads every version
 *     from 1 to this one
 */
public record ArtifactKind(String name, int formatVersion) implements Serializable {
  public ArtifactKind {
    if (name.isBlank() || formatVersion < 1) {
      throw new IllegalArgumentException(
          "An artifact kind needs a name and a format version from 1, not '"
              + name
              + "', "
              + formatVersion);
    }
  }
}
