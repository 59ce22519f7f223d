package dev.tandem.index.catalogue;

import java.util.Optional;

/**
 * A version as the list shows it.
 *
 * @param name the version's name
 * @param state what it is at
 * @param manifest what it is; empty where it is neither current nor complete
 * @param held how many are reading or writing it
 */
public record VersionState(String name, State state, Optional<VersionManifest> manifest, int held) {

  /** What a version is at. */
  public enum State {
    /** In force. */
    CURRENT,
    /** Complete, was in force and is not; it can be rolled back to. */
    COMPLETE,
    /** Complete, but never in force: its audit failed, or another version was published first. */
    UNPUBLISHED,
    /** Without manifest: being written, or left by a writer that is gone. */
    UNFINISHED,
    /** With a manifest that files do not agree with, or that cannot be read. */
    DAMAGED,
    /** Being deleted. */
    DELETING
  }
}
