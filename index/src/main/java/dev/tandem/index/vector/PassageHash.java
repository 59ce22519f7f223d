package dev.tandem.index.vector;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SortedMap;

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
    return start(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The hash of a passage whose text has this one and that also has metadata. Without metadata it
   * is the text's.
   *
   * @param metadata values by field
   */
  public PassageHash with(SortedMap<String, String> metadata) {
    if (metadata.isEmpty()) {
      return this;
    }
    MessageDigest digest = sha256();
    digest.update(ByteBuffer.allocate(BYTES).putLong(high).putLong(low).flip());
    metadata.forEach(
        (field, value) -> {
          update(digest, field);
          update(digest, value);
        });
    return start(digest.digest());
  }

  /** With its length before it, so that no two sequences of texts give the same bytes. */
  private static void update(MessageDigest digest, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).flip());
    digest.update(utf8);
  }

  private static PassageHash start(byte[] digest) {
    ByteBuffer bytes = ByteBuffer.wrap(digest);
    return new PassageHash(bytes.getLong(), bytes.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return String.format("%016x%016x", high, low);
  }
}
