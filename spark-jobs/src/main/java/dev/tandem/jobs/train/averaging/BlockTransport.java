package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockData;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StreamBlockId;
import org.apache.spark.util.io.ChunkedByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import scala.Option;
import scala.reflect.ClassTag$;

/**
 * For a cluster: the state goes out as a broadcast, results come back as many blocks of raw bytes
 * that the driver fetches one after the other and adds up in place, so it never holds more than one
 * of them. A Spark result would be serialized twice, be held several times over by the driver, be
 * bound to 2 GiB and count against {@code spark.driver.maxResultSize}.
 */
final class BlockTransport implements Transport {
  private static final long serialVersionUID = 1L;

  /** Elements of a block. */
  private static final int CHUNK = 1 << 22;

  /** Stream number of the block ids, which Spark Streaming counts from 0. */
  private static final int STREAM = Integer.MAX_VALUE;

  /** Blocks that this executor holds, to be removed where the driver does not do so. */
  private static final ConcurrentLinkedQueue<Held> HELD = new ConcurrentLinkedQueue<>();

  private record Held(String run, long attempt, BlockId block) {}

  private record Broadcasted(Broadcast<RoundState> broadcast) implements Sent {
    @Override
    public RoundState get() {
      return broadcast.value();
    }

    @Override
    public void release() {
      broadcast.destroy();
    }
  }

  @Override
  public Sent send(JavaSparkContext spark, RoundState state) {
    return new Broadcasted(spark.broadcast(state));
  }

  /** The block of a task's result: of its parameters or its updater state, from an element on. */
  private static BlockId block(long task, boolean updater, long from) {
    return new StreamBlockId(STREAM, task << 24 | (updater ? 1L << 23 : 0) | from / CHUNK);
  }

  @Override
  public void leave(RoundState state, long task, INDArray parameters, INDArray updaterState) {
    HELD.removeIf(
        held -> {
          boolean old = !held.run.equals(state.run()) || held.attempt < state.attempt();
          if (old) {
            SparkEnv.get().blockManager().removeBlock(held.block, true);
          }
          return old;
        });
    put(state, task, false, parameters);
    if (updaterState != null) {
      put(state, task, true, updaterState);
    }
  }

  private static void put(RoundState state, long task, boolean updater, INDArray array) {
    INDArray flat = array.reshape(array.length());
    for (long from = 0; from < flat.length(); from += CHUNK) {
      long to = Math.min(flat.length(), from + CHUNK);
      ByteBuffer bytes = ByteBuffer.allocate(4 * (int) (to - from)).order(ByteOrder.LITTLE_ENDIAN);
      INDArray part = flat.get(NDArrayIndex.interval(from, to)).dup();
      bytes.asFloatBuffer().put(part.data().asNioFloat());
      part.close();
      BlockId id = block(task, updater, from);
      HELD.add(new Held(state.run(), state.attempt(), id));
      boolean stored =
          SparkEnv.get()
              .blockManager()
              .putBytes(
                  id,
                  new ChunkedByteBuffer(bytes),
                  StorageLevel.MEMORY_AND_DISK_SER(),
                  true,
                  ClassTag$.MODULE$.Nothing());
      if (!stored) {
        throw new IllegalStateException(
            "the executor could keep its result neither in memory nor on disk");
      }
    }
  }

  @Override
  public void addTo(INDArray parameterSum, INDArray updaterSum, RoundState state, long task)
      throws IOException {
    fetch(task, false, parameterSum);
    if (updaterSum != null) {
      fetch(task, true, updaterSum);
    }
  }

  private static void fetch(long task, boolean updater, INDArray sum) throws IOException {
    INDArray flat = sum.reshape(sum.length());
    for (long from = 0; from < flat.length(); from += CHUNK) {
      long to = Math.min(flat.length(), from + CHUNK);
      fetch(block(task, updater, from), flat.get(NDArrayIndex.interval(from, to)));
    }
  }

  private static void fetch(BlockId id, INDArray sum) throws IOException {
    BlockManager blocks = SparkEnv.get().blockManager();
    Option<BlockData> local = blocks.getLocalBytes(id);
    if (local.isDefined()) {
      try {
        add(id, local.get().toByteBuffer(), sum);
      } finally {
        blocks.releaseLock(id, Option.empty());
      }
    } else {
      ChunkedByteBuffer remote = remote(blocks, id);
      add(id, remote.toByteBuffer(), sum);
      remote.dispose();
    }
    blocks.master().removeBlock(id);
  }

  private static ChunkedByteBuffer remote(BlockManager blocks, BlockId id) throws IOException {
    Option<ChunkedByteBuffer> remote;
    try {
      remote = blocks.getRemoteBytes(id);
    } catch (RuntimeException e) {
      throw new IOException("the executor that has the result " + id + " does not answer", e);
    }
    if (remote.isEmpty()) {
      throw new IOException("the executor that had the result " + id + " is gone");
    }
    return remote.get();
  }

  private static void add(BlockId id, ByteBuffer bytes, INDArray sum) throws IOException {
    float[] values = new float[Math.toIntExact(sum.length())];
    if (bytes.remaining() != 4 * values.length) {
      throw new IOException(
          "%s has %d bytes in place of %d".formatted(id, bytes.remaining(), 4 * values.length));
    }
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    INDArray addend = Nd4j.createFromArray(values);
    sum.addi(addend);
    addend.close();
  }

  @Override
  public void forget(RoundState state) {
    // Executors remove what nobody fetched when they leave the next result.
  }
}
