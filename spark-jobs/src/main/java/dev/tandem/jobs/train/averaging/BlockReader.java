package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the numbers of a block stretch by stretch. Used by one thread. */
final class BlockReader {
  private final Wire wire;
  private final ByteBuffer bytes;
  private final float[] values = new float[HostAccess.STRETCH];

  /** Uses some numbers of a block. */
  @FunctionalInterface
  interface Stretch {
    /**
     * Uses them.
     *
     * @param from number of the first one within the block
     * @param values valid during the call
     * @param count how many of the values there are
     */
    void accept(int from, float[] values, int count);
  }

  BlockReader(Wire wire) {
    this.wire = wire;
    this.bytes =
        ByteBuffer.allocate(wire.bytes() * HostAccess.STRETCH).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a block.
   *
   * @param size bytes of the block
   * @param count numbers it should have
   * @throws IOException if it has more or fewer
   */
  void read(InputStream in, long size, int count, Stretch use) throws IOException {
    if (size != (long) wire.bytes() * count) {
      throw new IOException(
          "a block has %d bytes in place of %d".formatted(size, (long) wire.bytes() * count));
    }
    for (int from = 0; from < count; from += HostAccess.STRETCH) {
      int length = Math.min(HostAccess.STRETCH, count - from);
      if (in.readNBytes(bytes.array(), 0, wire.bytes() * length) < wire.bytes() * length) {
        throw new IOException("a block of %d bytes ends early".formatted(size));
      }
      wire.get(bytes.rewind(), values, length);
      use.accept(from, values, length);
    }
  }
}
