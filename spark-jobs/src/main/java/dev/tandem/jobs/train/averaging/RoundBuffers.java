package dev.tandem.jobs.train.averaging;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Heap memory of an executor's blocks, used again in round after round: several hundred megabytes
 * of new large arrays a round keep the garbage collector busier than the workers. The collector may
 * have what no block holds when memory is short.
 *
 * <p>Thread-safe.
 */
final class RoundBuffers {
  private static final RoundBuffers OF_THIS_PROCESS = new RoundBuffers();

  private final Map<Integer, Deque<SoftReference<byte[]>>> free = new HashMap<>();
  private final Map<Long, List<SoftReference<byte[]>>> used = new HashMap<>();

  private RoundBuffers() {}

  /** The buffers of this process. */
  static RoundBuffers get() {
    return OF_THIS_PROCESS;
  }

  /** Memory for a block of a broadcast's number, with anything in it. */
  synchronized byte[] take(long broadcast, int size) {
    byte[] buffer = null;
    Deque<SoftReference<byte[]>> candidates = free.get(size);
    while (buffer == null && candidates != null && !candidates.isEmpty()) {
      buffer = candidates.pop().get();
    }
    if (buffer == null) {
      buffer = new byte[size];
    }
    used.computeIfAbsent(broadcast, b -> new ArrayList<>()).add(new SoftReference<>(buffer));
    return buffer;
  }

  /**
   * Removes the blocks of lower numbers from this process, such as an attempt leaves that ends
   * after its round, and takes their memory back.
   */
  synchronized void endBefore(long broadcast) {
    Iterator<Map.Entry<Long, List<SoftReference<byte[]>>>> all = used.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Long, List<SoftReference<byte[]>>> old = all.next();
      if (old.getKey() < broadcast) {
        Blocks.removeAll(old.getKey());
        for (SoftReference<byte[]> reference : old.getValue()) {
          byte[] buffer = reference.get();
          if (buffer != null) {
            free.computeIfAbsent(buffer.length, size -> new ArrayDeque<>()).push(reference);
          }
        }
        all.remove();
      }
    }
  }
}
