package dev.tandem.index.vector;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads the passages of a part: single rows from anywhere in the file, or all in order, or the
 * hashes alone.
 *
 * <p>The file has the texts in UTF-8 one after another; rows + 1 little-endian 64-bit offsets of
 * where each starts and the last one ends; and 16 bytes of hash for each row.
 *
 * <p>Single rows may be read by several threads at once.
 */
public final class PassageReader implements Closeable {

  private static final int BLOCK_BYTES = 1 << 20;

  private final String path;
  private final PassagesFile file;
  private final int rows;
  private final long offsetsAt;
  private final long hashesAt;
  private final Content content;

  /** The file's bytes, to be read from anywhere by several threads. */
  private interface Content extends Closeable {
    void readFully(long at, byte[] into) throws IOException;

    @Override
    default void close() throws IOException {}
  }

  private PassageReader(String path, PassagesFile file, int rows, Content content)
      throws IOException {
    this.path = path;
    this.file = file;
    this.rows = rows;
    this.hashesAt = file.bytes() - (long) rows * PassageHash.BYTES;
    this.offsetsAt = hashesAt - (rows + 1L) * Long.BYTES;
    this.content = content;
    if (offsetsAt < 0) {
      content.close();
      throw damaged("it is too short for " + rows + " rows");
    }
  }

  /**
   * Opens the passages of a part.
   *
   * @param directory where the set's files lie
   * @throws IllegalArgumentException if the part has no passages
   * @throws VectorPartException if the file is missing or has another length than the part says
   * @throws IOException if it cannot be opened
   */
  public static PassageReader open(FileSystem fileSystem, Path directory, VectorPart part)
      throws IOException {
    PassagesFile file = passages(part);
    Path path = new Path(directory, file.file());
    FSDataInputStream in = VectorPartReader.open(fileSystem, path, file.bytes());
    return new PassageReader(
        path.toString(),
        file,
        part.rows(),
        new Content() {
          @Override
          public void readFully(long at, byte[] into) throws IOException {
            in.readFully(at, into);
          }

          @Override
          public void close() throws IOException {
            in.close();
          }
        });
  }

  /**
   * Maps the passages of a part on the local file system into memory, which processes that map the
   * same file share. The file may be deleted meanwhile, but not cut off. Otherwise as {@link
   * #open}.
   */
  public static PassageReader map(java.nio.file.Path directory, VectorPart part)
      throws IOException {
    PassagesFile file = passages(part);
    java.nio.file.Path path = directory.resolve(file.file());
    MappedFile mapped = MappedFile.open(path, file.bytes());
    return new PassageReader(path.toString(), file, part.rows(), mapped::readFully);
  }

  private static PassagesFile passages(VectorPart part) {
    if (part.passages() == null) {
      throw new IllegalArgumentException("part '" + part.name() + "' was written without passages");
    }
    return part.passages();
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /**
   * One row.
   *
   * @throws VectorPartException if the text is not the one whose hash the row has
   */
  public PassageText read(int row) throws IOException {
    LongBuffer offsets = longs(offsetsAt + (long) row * Long.BYTES, 2, ByteOrder.LITTLE_ENDIAN);
    LongBuffer hash = longs(hashesAt + (long) row * PassageHash.BYTES, 2, ByteOrder.BIG_ENDIAN);
    byte[] text = new byte[length(row, offsets.get(0), offsets.get(1))];
    readFully(offsets.get(0), text);
    return checked(row, new PassageHash(hash.get(0), hash.get(1)), text);
  }

  /** The hashes of all rows; the texts are not read. */
  public PassageHash[] hashes() throws IOException {
    PassageHash[] hashes = new PassageHash[rows];
    int atOnce = BLOCK_BYTES / PassageHash.BYTES;
    for (int from = 0; from < rows; from += atOnce) {
      int count = Math.min(atOnce, rows - from);
      LongBuffer block =
          longs(hashesAt + (long) from * PassageHash.BYTES, 2 * count, ByteOrder.BIG_ENDIAN);
      for (int i = 0; i < count; i++) {
        hashes[from + i] = new PassageHash(block.get(), block.get());
      }
    }
    return hashes;
  }

  /**
   * All rows in order, read in large blocks. Each {@code next} throws an {@link
   * java.io.UncheckedIOException} where reading fails or a text does not fit its hash.
   */
  public Iterator<PassageText> all() throws IOException {
    PassageHash[] hashes = hashes();
    LongBuffer offsets = allOffsets();
    return new Iterator<>() {
      private byte[] block = new byte[0];
      private long blockAt;
      private int row;

      @Override
      public boolean hasNext() {
        return row < rows;
      }

      @Override
      public PassageText next() {
        if (row >= rows) {
          throw new NoSuchElementException("all " + rows + " passages are read");
        }
        try {
          long start = offsets.get(row);
          int length = length(row, start, offsets.get(row + 1));
          if (start + length > blockAt + block.length) {
            block = new byte[(int) Math.min(Math.max(length, BLOCK_BYTES), offsetsAt - start)];
            blockAt = start;
            readFully(start, block);
          }
          byte[] text = new byte[length];
          System.arraycopy(block, (int) (start - blockAt), text, 0, length);
          PassageText passage = checked(row, hashes[row], text);
          row++;
          return passage;
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    };
  }

  /**
   * Reads the whole file and checks its sum.
   *
   * @throws VectorPartException if it is damaged
   */
  public void verify() throws IOException {
    CRC32C sum = new CRC32C();
    byte[] block = new byte[(int) Math.min(BLOCK_BYTES, file.bytes())];
    for (long at = 0; at < file.bytes(); at += block.length) {
      if (file.bytes() - at < block.length) {
        block = new byte[(int) (file.bytes() - at)];
      }
      readFully(at, block);
      sum.update(block);
    }
    VectorPartReader.check(path, sum, file.crc32c());
  }

  private LongBuffer allOffsets() throws IOException {
    return longs(offsetsAt, rows + 1, ByteOrder.LITTLE_ENDIAN);
  }

  private LongBuffer longs(long at, int count, ByteOrder order) throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(count, Long.BYTES)];
    readFully(at, bytes);
    return ByteBuffer.wrap(bytes).order(order).asLongBuffer();
  }

  private void readFully(long at, byte[] into) throws IOException {
    try {
      content.readFully(at, into);
    } catch (EOFException e) {
      throw new VectorPartException(path + " became shorter while it was read", e);
    } catch (ChecksumException e) {
      throw damaged(e.getMessage());
    }
  }

  private int length(int row, long start, long end) throws VectorPartException {
    if (start < 0 || end < start || end > offsetsAt || end - start > Integer.MAX_VALUE - 8) {
      throw damaged("row " + row + " reaches from " + start + " to " + end);
    }
    return (int) (end - start);
  }

  private PassageText checked(int row, PassageHash hash, byte[] utf8) throws VectorPartException {
    String text = new String(utf8, StandardCharsets.UTF_8);
    // A row without text follows the one of the same passage that has it, and carries its hash.
    if (utf8.length > 0 && !PassageHash.of(text).equals(hash)) {
      throw damaged("the text of row " + row + " does not have the hash " + hash);
    }
    return new PassageText(hash, text);
  }

  private VectorPartException damaged(String how) {
    return new VectorPartException(path + " is damaged: " + how);
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
