package dev.tandem.index.vector;

import java.io.Serializable;
import java.util.Objects;

/**
 * What a part keeps of the passage of a row.
 *
 * @param hash of the passage's text
 * @param text the text; empty where the row before is of the same passage and has it
 */
public record PassageText(PassageHash hash, String text) implements Serializable {

  /** Checks that nothing is missing. */
  public PassageText {
    Objects.requireNonNull(hash, "hash");
    Objects.requireNonNull(text, "text");
  }

  /** A passage's text with its hash. */
  public static PassageText of(String text) {
    return new PassageText(PassageHash.of(text), text);
  }
}
