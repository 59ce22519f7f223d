package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.reflect.ClassTag$;

/**
 * Raw blocks in Spark's block managers: neither compressed nor serialized nor known to the driver's
 * master, so that whoever wants one must know where it is.
 */
final class Blocks {
  /** Blocks that a thread fetches at once. */
  private static final int UNDER_WAY = 8;

  /**
   * Largest part of a heap buffer that is written to a socket at once. Java copies all of it for
   * each write, of which the socket takes what fits its own buffer.
   */
  private static final int WRITE = 1 << 19;

  private Blocks() {}

  /** A block somewhere. */
  record Place(BlockManagerId at, BlockId id) {}

  /** Uses a block's bytes. */
  @FunctionalInterface
  interface Use {
    /**
     * Uses them.
     *
     * @param number of the block among those asked for
     * @param bytes all of them
     * @param size number of bytes
     * @throws IOException if they are not what they should be
     */
    void accept(int number, InputStream bytes, long size) throws IOException;
  }

  private static BlockManager manager() {
    return SparkEnv.get().blockManager();
  }

  /** This process. */
  static BlockManagerId here() {
    return manager().blockManagerId();
  }

  static boolean isHere(BlockId id) {
    return manager().getStatus(id).isDefined();
  }

  /**
   * Keeps a block in this process, or on its disk where there is no memory.
   *
   * @param bytes not copied, unless they go to disk
   */
  static void put(BlockId id, ByteBuffer bytes) {
    boolean stored =
        manager()
            .putBytes(
                id,
                new ChunkedByteBuffer(bytes.isDirect() ? new ByteBuffer[] {bytes} : parts(bytes)),
                StorageLevel.MEMORY_AND_DISK_SER(),
                false,
                ClassTag$.MODULE$.Nothing());
    if (!stored) {
      throw new IllegalStateException(
          "%s could be kept neither in memory nor on disk: is the disk full?".formatted(id));
    }
  }

  private static ByteBuffer[] parts(ByteBuffer bytes) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int from = bytes.position(); from < bytes.limit(); from += WRITE) {
      parts.add(bytes.slice(from, Math.min(WRITE, bytes.limit() - from)));
    }
    return parts.toArray(ByteBuffer[]::new);
  }

  /** Removes a block of this process, when nobody reads it any more. */
  static void remove(BlockId id) {
    if (isHere(id)) {
      manager().removeBlock(id, false);
    }
  }

  /** Removes all blocks of a broadcast's number from this process. */
  static void removeAll(long broadcast) {
    manager().removeBroadcast(broadcast, false);
  }

  /**
   * Reads blocks of this and other processes, some at once, and hands them over in their order.
   *
   * @throws IOException if a process does not answer or no longer has its block
   */
  static void read(List<Place> places, Use use) throws IOException {
    Deque<CompletableFuture<ManagedBuffer>> underWay = new ArrayDeque<>();
    int asked = 0;
    try {
      for (int i = 0; i < places.size(); i++) {
        while (asked < places.size() && underWay.size() < UNDER_WAY) {
          underWay.add(ask(places.get(asked++)));
        }
        ManagedBuffer block = await(underWay.remove(), places.get(i));
        try (InputStream bytes = block.createInputStream()) {
          use.accept(i, bytes, block.size());
        } finally {
          block.release();
        }
      }
    } finally {
      underWay.forEach(block -> block.thenAccept(ManagedBuffer::release));
    }
  }

  private static CompletableFuture<ManagedBuffer> ask(Place place) {
    CompletableFuture<ManagedBuffer> block = new CompletableFuture<>();
    if (place.at.equals(here())) {
      try {
        block.complete(manager().getLocalBlockData(place.id));
      } catch (Exception e) { // Spark throws checked exceptions that it does not declare
        block.completeExceptionally(e);
      }
      return block;
    }
    manager()
        .blockTransferService()
        .fetchBlocks(
            place.at.host(),
            place.at.port(),
            place.at.executorId(),
            new String[] {place.id.toString()},
            new BlockFetchingListener() {
              @Override
              public void onBlockFetchSuccess(String id, ManagedBuffer data) {
                if (!block.complete(data.retain())) {
                  data.release();
                }
              }

              @Override
              public void onBlockFetchFailure(String id, Throwable failure) {
                block.completeExceptionally(failure);
              }
            },
            null);
    return block;
  }

  private static ManagedBuffer await(CompletableFuture<ManagedBuffer> block, Place place)
      throws IOException {
    try {
      return block.get();
    } catch (ExecutionException e) {
      throw new IOException(
          "%s does not give %s: %s"
              .formatted(place.at.hostPort(), place.id, e.getCause().getMessage()),
          e.getCause());
    } catch (InterruptedException e) {
      block.thenAccept(ManagedBuffer::release);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + place.id, e);
    }
  }
}
