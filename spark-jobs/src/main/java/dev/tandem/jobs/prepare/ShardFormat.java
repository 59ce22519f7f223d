package dev.tandem.jobs.prepare;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of shard files. A file is the four bytes {@code TDSH}, a version byte, and records up
 * to its end. Whole numbers are LEB128 (seven bits a byte, lowest first, the top bit meaning that
 * more follow); a text is its length in UTF-8 bytes and these bytes; token ids are their number and
 * each of them. Which fields a record has is said by the writers in {@link ShardWriter}. Version 2
 * has texts with metadata; all else is still version 1.
 */
final class ShardFormat {
  private static final int MAGIC = 0x54445348;

  /** Records without metadata. */
  static final int PLAIN = 1;

  /** Texts with metadata. */
  static final int WITH_METADATA = 2;

  private ShardFormat() {}

  static void writeHeader(DataOutputStream out, int version) throws IOException {
    out.writeInt(MAGIC);
    out.writeByte(version);
  }

  /** Reads the header and gives the version. */
  static int readHeader(DataInputStream in, String file) throws IOException {
    int magic = in.readInt();
    int version = in.readUnsignedByte();
    if (magic != MAGIC || version < PLAIN || version > WITH_METADATA) {
      throw new IOException(
          String.format(
              "%s is no shard of version %d or %d: header %08x %d",
              file, PLAIN, WITH_METADATA, magic, version));
    }
    return version;
  }

  static void writeNumber(DataOutputStream out, long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  static long readNumber(DataInputStream in) throws IOException {
    return readNumber(in, in.readUnsignedByte());
  }

  private static long readNumber(DataInputStream in, int first) throws IOException {
    long value = first & 0x7F;
    int next = first;
    for (int shift = 7; (next & 0x80) != 0; shift += 7) {
      if (shift > 63) {
        throw new IOException("damaged shard: a number of more than 64 bits");
      }
      next = in.readUnsignedByte();
      value |= (long) (next & 0x7F) << shift;
    }
    return value;
  }

  /** The number that starts a record, or -1 at the end of the file. */
  static long readNumberOrEnd(DataInputStream in) throws IOException {
    int first = in.read();
    return first < 0 ? -1 : readNumber(in, first);
  }

  static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    writeNumber(out, bytes.length);
    out.write(bytes);
  }

  static String readText(DataInputStream in) throws IOException {
    return readText(in, readNumber(in));
  }

  static String readText(DataInputStream in, long length) throws IOException {
    byte[] bytes = in.readNBytes(Math.toIntExact(length));
    if (bytes.length != length) {
      throw new EOFException("damaged shard: it ends inside a text");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void writeTokens(DataOutputStream out, int[] tokens) throws IOException {
    writeNumber(out, tokens.length);
    for (int token : tokens) {
      writeNumber(out, token);
    }
  }

  static int[] readTokens(DataInputStream in) throws IOException {
    int[] tokens = new int[Math.toIntExact(readNumber(in))];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) readNumber(in);
    }
    return tokens;
  }
}
