package dev.tandem.jobs.train.averaging;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Heap memory of an executor's blocks, used again in round after round: several hundred megabytes
 * of new large arrays a round keep the garbage collector busier than the workers. The collector may
 * have what no block holds when memory is short.
 *
 * <p>Thread-safe.
 */
final class RoundBuffers {
  private static final RoundBuffers OF_THIS_PROCESS = new RoundBuffers(Blocks::removeAll);

  private final LongConsumer removeBlocks;
  private final Map<Integer, Deque<SoftReference<byte[]>>> free = new HashMap<>();
  private final Map<Long, List<SoftReference<byte[]>>> used = new HashMap<>();

  /**
   * Without any buffer.
   *
   * @param removeBlocks removes all blocks of a broadcast's number from this process, when nobody
   *     reads them any more
   */
  RoundBuffers(LongConsumer removeBlocks) {
    this.removeBlocks = removeBlocks;
  }

  /** The buffers of this process. */
  static RoundBuffers get() {
    return OF_THIS_PROCESS;
  }

  /**
   * Memory for a block, with anything in it. It is the caller's alone until he says that it is
   * {@link #kept}; where he fails before, the garbage collector has it.
   */
  synchronized byte[] take(int size) {
    Deque<SoftReference<byte[]>> candidates = free.get(size);
    while (candidates != null && !candidates.isEmpty()) {
      byte[] buffer = candidates.pop().get();
      if (buffer != null) {
        return buffer;
      }
    }
    return new byte[size];
  }

  /**
   * Says that a buffer is now a block's, and so to be used again when {@link #endBefore} has
   * removed the block. Not sooner: an attempt may still fill its buffers when its round is long
   * over.
   *
   * @param broadcast the number of the block's broadcast
   */
  synchronized void kept(long broadcast, byte[] buffer) {
    used.computeIfAbsent(broadcast, b -> new ArrayList<>()).add(new SoftReference<>(buffer));
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
        removeBlocks.accept(old.getKey());
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
