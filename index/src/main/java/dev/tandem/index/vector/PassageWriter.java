package dev.tandem.index.vector;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Writes the passages of a part, row by row, in the layout that {@link PassageReader} reads. */
final class PassageWriter implements Closeable {

  private static final String ENDING = ".passages";
  private static final int FIRST_ROWS = 1024;

  private final String file;
  private final CRC32C sum = new CRC32C();
  private final OutputStream out;
  private long[] ends = new long[FIRST_ROWS];
  private long[] hashes = new long[2 * FIRST_ROWS];
  private int rows;
  private long bytes;

  /**
   * @param files where the file goes
   * @param part the part's name
   */
  PassageWriter(PartFiles files, String part) throws IOException {
    file = part + ENDING;
    out = new CheckedOutputStream(files.create(file), sum);
  }

  void append(PassageText passage) throws IOException {
    byte[] text = passage.text().getBytes(StandardCharsets.UTF_8);
    out.write(text, 0, text.length);
    bytes += text.length;
    if (rows == ends.length) {
      ends = Arrays.copyOf(ends, 2 * rows);
      hashes = Arrays.copyOf(hashes, 4 * rows);
    }
    ends[rows] = bytes;
    hashes[2 * rows] = passage.hash().high();
    hashes[2 * rows + 1] = passage.hash().low();
    rows++;
  }

  /** Writes offsets and hashes, and closes the file. */
  PassagesFile finish() throws IOException {
    writeLongs(new long[] {0}, 1, ByteOrder.LITTLE_ENDIAN);
    writeLongs(ends, rows, ByteOrder.LITTLE_ENDIAN);
    writeLongs(hashes, 2 * rows, ByteOrder.BIG_ENDIAN);
    out.close();
    return new PassagesFile(file, bytes, VectorPartWriter.hex(sum));
  }

  private void writeLongs(long[] values, int count, ByteOrder order) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16).order(order);
    for (int from = 0; from < count; from += block.capacity() / Long.BYTES) {
      int to = Math.min(count, from + block.capacity() / Long.BYTES);
      block.clear().asLongBuffer().put(values, from, to - from);
      out.write(block.array(), 0, (to - from) * Long.BYTES);
      bytes += (long) (to - from) * Long.BYTES;
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
