package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Owner of an engine's off-heap memory. Allocations are 64-byte aligned, so vectors do not straddle
 * cache lines, and live until {@link #close()}.
 */
final class Scratch implements AutoCloseable {

  private static final int ALIGNMENT = 64;

  private final List<FloatPointer> allocations = new ArrayList<>();

  /**
   * New memory with arbitrary contents.
   *
   * @throws IllegalArgumentException if it exceeds what one stretch can hold
   */
  FloatMemory allocate(String what, long floats) {
    if (floats > FloatMemory.MAX_FLOATS) {
      throw new IllegalArgumentException(
          "the batch needs "
              + floats
              + " floats for "
              + what
              + ", more than the "
              + FloatMemory.MAX_FLOATS
              + " one buffer can hold; use smaller batches");
    }
    FloatPointer pointer = new FloatPointer(floats + ALIGNMENT / Float.BYTES);
    allocations.add(pointer);
    long misalignment = pointer.address() % ALIGNMENT;
    long skip = misalignment == 0 ? 0 : (ALIGNMENT - misalignment) / Float.BYTES;
    return new FloatMemory(pointer.getPointer(skip), floats);
  }

  /** Frees everything allocated; the scratch can be used again. */
  @Override
  public void close() {
    allocations.forEach(FloatPointer::close);
    allocations.clear();
  }
}
