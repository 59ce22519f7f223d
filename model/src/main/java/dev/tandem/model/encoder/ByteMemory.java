package dev.tandem.model.encoder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;

/**
 * Off-heap memory that grows to the largest need and starts at a cache line. What it held is lost
 * when it grows.
 */
final class ByteMemory implements AutoCloseable {

  private static final int ALIGNMENT = 64;

  private BytePointer allocation;
  private BytePointer start;
  private ByteBuffer bytes;
  private long size = -1;

  /** Makes room for so many bytes, up to 2 GiB. */
  ByteMemory require(long needed) {
    if (needed > size) {
      close();
      allocation = new BytePointer(Math.max(needed, 1) + ALIGNMENT);
      long misalignment = allocation.address() % ALIGNMENT;
      start = allocation.getPointer(misalignment == 0 ? 0 : ALIGNMENT - misalignment);
      bytes = start.capacity(Math.max(needed, 1)).asByteBuffer().order(ByteOrder.nativeOrder());
      size = needed;
    }
    return this;
  }

  /** Where it starts. */
  long address() {
    return start.address();
  }

  /** The bytes in native order; null before the first need. */
  ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (allocation != null) {
      allocation.close();
      allocation = null;
      start = null;
      bytes = null;
      size = -1;
    }
  }
}
