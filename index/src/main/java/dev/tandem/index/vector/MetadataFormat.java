package dev.tandem.index.vector;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The metadata of a part as a file. All numbers are big-endian int32, a text is its length in UTF-8
 * bytes and these bytes: {@code TDMD}, the layout's version, rows, number of fields; then for each
 * field its name, the number of distinct values and each of them, and for each row the index of its
 * value, or -1.
 */
final class MetadataFormat {

  static final String ENDING = ".metadata";

  private static final int MAGIC = 0x54444d44;
  private static final int LAYOUT = 1;
  private static final int BLOCK_ROWS = 1 << 14;

  private MetadataFormat() {}

  /**
   * Writes a file.
   *
   * @param part the part's name, which the file's starts with
   * @throws IllegalStateException if all together would pass 2 GB
   */
  static MetadataFile write(PassageMetadata metadata, PartFiles files, String part)
      throws IOException {
    String file = part + ENDING;
    CRC32C sum = new CRC32C();
    long bytes = PassageMetadata.HEADER_BYTES;
    try (OutputStream checked = new CheckedOutputStream(files.create(file), sum)) {
      DataOutputStream out = new DataOutputStream(checked);
      out.writeInt(MAGIC);
      out.writeInt(LAYOUT);
      out.writeInt(metadata.rows());
      out.writeInt(metadata.fields().size());
      for (String field : metadata.fields()) {
        PassageMetadata.Column column = metadata.column(field);
        bytes += writeText(out, field);
        out.writeInt(column.values().length);
        bytes += Integer.BYTES;
        for (String value : column.values()) {
          bytes += writeText(out, value);
        }
        writeCodes(out, column.codes());
        bytes += (long) Integer.BYTES * metadata.rows();
        if (bytes > PassageMetadata.MAX_BYTES) {
          throw new IllegalStateException(
              "more than 2 GB of metadata in one part: keep fewer or shorter fields");
        }
      }
      out.flush();
    }
    return new MetadataFile(file, bytes, VectorPartWriter.hex(sum), metadata.fields());
  }

  private static long writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
    return Integer.BYTES + (long) utf8.length;
  }

  private static void writeCodes(DataOutputStream out, int[] codes) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(BLOCK_ROWS * Integer.BYTES);
    for (int from = 0; from < codes.length; from += BLOCK_ROWS) {
      int count = Math.min(BLOCK_ROWS, codes.length - from);
      block.clear().asIntBuffer().put(codes, from, count);
      out.write(block.array(), 0, count * Integer.BYTES);
    }
  }

  /**
   * Reads a file, checking its length and sum.
   *
   * @param rows how many the part has
   * @throws VectorPartException if it is missing, damaged, of an unknown layout or of other rows
   */
  static PassageMetadata read(FileSystem fileSystem, Path path, MetadataFile file, int rows)
      throws IOException {
    byte[] content = new byte[(int) file.bytes()];
    try (FSDataInputStream in = VectorPartReader.open(fileSystem, path, file.bytes())) {
      in.readFully(content);
    } catch (EOFException e) {
      throw new VectorPartException(path + " became shorter while it was read", e);
    } catch (ChecksumException e) {
      throw damaged(path, e.getMessage());
    }
    CRC32C sum = new CRC32C();
    sum.update(content);
    VectorPartReader.check(path.toString(), sum, file.crc32c());
    return parse(content, rows, path);
  }

  private static PassageMetadata parse(byte[] content, int rows, Path path) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
    int magic = in.readInt();
    int layout = in.readInt();
    if (magic != MAGIC) {
      throw damaged(path, "it does not start as metadata do");
    }
    if (layout != LAYOUT) {
      throw new VectorPartException(
          path
              + " has the unknown layout "
              + layout
              + ", this Tandem reads layout "
              + LAYOUT
              + ": use the version that wrote it or a newer one");
    }
    int found = in.readInt();
    if (found != rows) {
      throw damaged(path, "it is of " + found + " rows, the part has " + rows);
    }
    try {
      int fields = in.readInt();
      TreeMap<String, PassageMetadata.Column> columns = new TreeMap<>();
      for (int i = 0; i < fields; i++) {
        String field = readText(in, path);
        columns.put(field, readColumn(in, rows, path));
      }
      if (in.available() > 0) {
        throw damaged(path, in.available() + " bytes follow the last field");
      }
      return new PassageMetadata(rows, columns);
    } catch (EOFException e) {
      throw new VectorPartException(path + " is damaged: it ends inside a field", e);
    }
  }

  private static PassageMetadata.Column readColumn(DataInputStream in, int rows, Path path)
      throws IOException {
    String[] values = new String[length(in.readInt(), in, path)];
    for (int v = 0; v < values.length; v++) {
      values[v] = readText(in, path);
    }
    int[] codes = new int[rows];
    byte[] bytes = new byte[length(Math.multiplyExact(rows, Integer.BYTES), in, path)];
    in.readFully(bytes);
    ByteBuffer.wrap(bytes).asIntBuffer().get(codes);
    for (int code : codes) {
      if (code < PassageMetadata.ABSENT || code >= values.length) {
        throw damaged(path, "a row has value " + code + " of " + values.length);
      }
    }
    return new PassageMetadata.Column(values, codes);
  }

  private static String readText(DataInputStream in, Path path) throws IOException {
    byte[] utf8 = new byte[length(in.readInt(), in, path)];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** Checked before anything of that length is allocated. */
  private static int length(int length, DataInputStream in, Path path) throws IOException {
    if (length < 0 || length > in.available()) {
      throw damaged(path, "it ends inside a field");
    }
    return length;
  }

  private static VectorPartException damaged(Path path, String how) {
    return new VectorPartException(path + " is damaged: " + how);
  }
}
