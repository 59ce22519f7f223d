package dev.tandem.index.vector;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Tells whether a passage's text changed: the first 128 bits of the SHA-256 of its UTF-8,
 * big-endian.
 *
 * @param high the first eight bytes
 * @param low the next eight
 */
public record PassageHash(long high, long low) implements Serializable {

  /** Bytes it takes in a file. */
  static final int BYTES = 16;

  /** The hash of a text. */
  public static PassageHash of(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bytes = ByteBuffer.wrap(digest);
      return new PassageHash(bytes.getLong(), bytes.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return String.format("%016x%016x", high, low);
  }
}
