package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BroadcastBlockId;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag$;

/**
 * For a cluster: parameters and updater state lie as blocks of raw float32 in the driver's block
 * manager, on a CPU without a copy, and each executor fetches what its tasks ask for, once. Results
 * lie as blocks with the executors; the driver fetches a few at a time from all of them at once, in
 * some threads, and adds them up in the order of the workers, so it never holds a whole result.
 *
 * <p>A Spark broadcast would serialize, compress and checksum the state, which costs more than to
 * send it; a Spark result would be serialized twice and count against {@code
 * spark.driver.maxResultSize}. Only what else the driver tells the workers is a broadcast. All
 * blocks bear its number, so that they go when it is destroyed, wherever they are.
 */
final class BlockTransport implements Transport {
  private static final Logger LOG = LoggerFactory.getLogger(BlockTransport.class);

  /** Elements of a block: 4 MiB less what makes an array on the heap a little longer than that. */
  private static final int BLOCK = (1 << 20) - 64;

  private static final String PARAMETERS = "parameters";
  private static final String UPDATER = "updater";

  /** The most threads in which the driver reads results. */
  private static final int READERS = 4;

  /** Tasks of one process fetch one after the other, so that each block comes once. */
  private static final Object FETCHING = new Object();

  @Override
  public Exchange open(
      JavaSparkContext spark, RoundState round, INDArray parameters, INDArray updaterState) {
    Broadcast<RoundState> broadcast = spark.broadcast(round);
    offer(broadcast.id(), PARAMETERS, parameters);
    if (updaterState != null) {
      offer(broadcast.id(), UPDATER, updaterState);
    }
    return new InBlocks(
        broadcast,
        Blocks.here(),
        parameters.length(),
        updaterState == null ? 0 : updaterState.length());
  }

  /** Starts the fetching in each process by a task that ends at once. */
  @Override
  public void announce(
      JavaSparkContext spark, Exchange exchange, Collection<BlockManagerId> processes) {
    InBlocks blocks = (InBlocks) exchange;
    List<Tuple2<Integer, Seq<String>>> placed = new ArrayList<>();
    for (BlockManagerId process : Set.copyOf(processes)) {
      placed.add(new Tuple2<>(placed.size(), PlacedRound.at(process)));
    }
    spark
        .sc()
        .makeRDD(
            JavaConverters.asScalaBuffer(placed).toSeq(),
            ClassTag$.MODULE$.<Integer>apply(Integer.class))
        .toJavaRDD()
        .foreach(number -> blocks.fetchInBackground());
  }

  private static void offer(long broadcast, String part, INDArray array) {
    HostAccess access = HostAccess.of(array);
    for (int i = 0; i < blocks(array.length()); i++) {
      Blocks.put(id(broadcast, part, i), access.bytes((long) i * BLOCK, count(array.length(), i)));
    }
  }

  private static BlockId id(long broadcast, String part, int number) {
    return new BroadcastBlockId(broadcast, part + "_" + number);
  }

  private static String result(long task, String part) {
    return "result_" + task + "_" + part;
  }

  private static int blocks(long length) {
    return Math.toIntExact((length + BLOCK - 1) / BLOCK);
  }

  /** Elements of a block of an array. */
  private static int count(long length, int number) {
    return (int) Math.min(BLOCK, length - (long) number * BLOCK);
  }

  private record InBlocks(
      Broadcast<RoundState> broadcast, BlockManagerId driver, long parameters, long updaterState)
      implements Exchange {

    @Override
    public RoundState round() {
      return broadcast.value();
    }

    @Override
    public void copyParametersTo(INDArray target) throws IOException {
      copy(PARAMETERS, parameters, target);
    }

    @Override
    public void copyUpdaterStateTo(INDArray target) throws IOException {
      copy(UPDATER, updaterState, target);
    }

    private void copy(String part, long length, INDArray target) throws IOException {
      if (target.length() != length) {
        throw new IllegalArgumentException(
            "%d numbers of %s do not fit an array of %d".formatted(length, part, target.length()));
      }
      HostAccess to = HostAccess.of(target);
      BlockReader reader = new BlockReader(Wire.FLOAT32);
      Blocks.read(
          fetched(part, length),
          (number, bytes, size) ->
              reader.read(
                  bytes,
                  size,
                  count(length, number),
                  (from, values, count) -> to.write((long) number * BLOCK + from, values, count)));
    }

    /** Fetches what workers are sure to copy, without anyone waiting for it. */
    private void fetchInBackground() {
      RoundState round = round();
      Thread thread =
          new Thread(
              () -> {
                try {
                  fetched(PARAMETERS, parameters);
                  if (round.sendsUpdaterState()) {
                    fetched(UPDATER, updaterState);
                  }
                } catch (IOException | RuntimeException e) {
                  LOG.debug(
                      "Not fetched ahead for round {}: {}", round.round().number(), e.toString());
                }
              },
              "round-ahead");
      thread.setDaemon(true);
      thread.start();
    }

    /** The blocks of a part in this process; those that it does not have yet are fetched. */
    private List<Blocks.Place> fetched(String part, long length) throws IOException {
      synchronized (FETCHING) {
        RoundBuffers.get().endBefore(broadcast.id());
        List<BlockId> missing = new ArrayList<>();
        List<Blocks.Place> here = new ArrayList<>();
        for (int i = 0; i < blocks(length); i++) {
          BlockId id = id(broadcast.id(), part, i);
          here.add(new Blocks.Place(Blocks.here(), id));
          if (!Blocks.isHere(id)) {
            missing.add(id);
          }
        }
        Blocks.read(
            missing.stream().map(id -> new Blocks.Place(driver, id)).toList(),
            (number, bytes, size) -> {
              byte[] block = RoundBuffers.get().take(Math.toIntExact(size));
              if (bytes.readNBytes(block, 0, block.length) < block.length) {
                throw new IOException("a block of %d bytes ends early".formatted(size));
              }
              keep(missing.get(number), block);
            });
        return here;
      }
    }

    @Override
    public void leave(long task, INDArray parameters, INDArray updaterState) throws IOException {
      RoundBuffers.get().endBefore(broadcast.id());
      Wire wire = round().averaging().wire();
      List<Blocks.Place> start = wire.isDifference() ? fetched(PARAMETERS, this.parameters) : null;
      put(result(task, PARAMETERS), parameters, wire, start);
      if (updaterState != null) {
        put(result(task, UPDATER), updaterState, Wire.FLOAT32, null);
      }
    }

    private void put(String part, INDArray array, Wire wire, List<Blocks.Place> start)
        throws IOException {
      HostAccess access = HostAccess.of(array);
      BlockReader before = new BlockReader(Wire.FLOAT32);
      float[] values = new float[HostAccess.STRETCH];
      for (int i = 0; i < blocks(array.length()); i++) {
        long first = (long) i * BLOCK;
        int count = count(array.length(), i);
        byte[] block = RoundBuffers.get().take(wire.bytes() * count);
        ByteBuffer bytes = ByteBuffer.wrap(block);
        BlockReader.Stretch add =
            (from, startValues, length) -> {
              access.read(first + from, values, length);
              wire.prepare(values, startValues, length);
              ByteBuffer at =
                  bytes
                      .slice(wire.bytes() * from, wire.bytes() * length)
                      .order(ByteOrder.LITTLE_ENDIAN);
              wire.put(values, length, at);
            };
        if (start == null) {
          for (int from = 0; from < count; from += HostAccess.STRETCH) {
            add.accept(from, values, Math.min(HostAccess.STRETCH, count - from));
          }
        } else {
          Blocks.read(List.of(start.get(i)), (n, in, size) -> before.read(in, size, count, add));
        }
        keep(id(broadcast.id(), part, i), block);
      }
    }

    private void keep(BlockId id, byte[] block) {
      Blocks.put(id, ByteBuffer.wrap(block));
      RoundBuffers.get().kept(broadcast.id(), block);
    }

    @Override
    public void mean(INDArray parameters, INDArray updaterState, List<WorkerReport> reports)
        throws IOException {
      mean(PARAMETERS, parameters, round().averaging().wire(), reports);
      if (updaterState != null) {
        mean(UPDATER, updaterState, Wire.FLOAT32, reports);
      }
    }

    /**
     * In some threads, each for a range of blocks: one alone would not keep up with a network. All
     * have ended when this returns or throws, so that none writes into memory that is freed next.
     */
    private void mean(String part, INDArray target, Wire wire, List<WorkerReport> reports)
        throws IOException {
      int blocks = blocks(target.length());
      int readers = Math.max(1, Math.min(blocks / 2, readers(target)));
      List<CompletableFuture<Void>> running = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        int from = blocks * i / readers;
        int to = blocks * (i + 1) / readers;
        running.add(
            CompletableFuture.runAsync(
                () -> meanOfBlocks(part, target, wire, reports, from, to),
                task -> new Thread(task, "mean-of-workers").start()));
      }
      try {
        CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof UncheckedIOException failure) {
          throw failure.getCause();
        }
        throw e;
      }
    }

    /** One on a GPU, where a thread may work on a device of its own. */
    private static int readers(INDArray target) {
      return HostAccess.of(target).isInHostMemory()
          ? Math.min(READERS, Runtime.getRuntime().availableProcessors())
          : 1;
    }

    private void meanOfBlocks(
        String part, INDArray target, Wire wire, List<WorkerReport> reports, int from, int to) {
      HostAccess access = HostAccess.of(target);
      BlockReader reader = new BlockReader(wire);
      float[] sums = new float[HostAccess.STRETCH];
      List<Blocks.Place> places = new ArrayList<>();
      for (int i = from; i < to; i++) {
        for (WorkerReport report : reports) {
          BlockId id = id(broadcast.id(), result(report.taskAttempt(), part), i);
          places.add(new Blocks.Place(report.location(), id));
        }
      }
      int workers = reports.size();
      try {
        Blocks.read(
            places,
            (number, bytes, size) -> {
              int block = from + number / workers;
              int worker = number % workers;
              reader.read(
                  bytes,
                  size,
                  count(target.length(), block),
                  (first, values, count) -> {
                    long at = (long) block * BLOCK + first;
                    if (worker > 0) {
                      access.read(at, sums, count);
                      add(values, sums, count);
                    }
                    if (worker == workers - 1 && workers > 1) {
                      divide(values, count, workers);
                    }
                    access.write(at, values, count);
                  });
            });
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void add(float[] values, float[] sums, int count) {
      for (int i = 0; i < count; i++) {
        values[i] = sums[i] + values[i];
      }
    }

    private static void divide(float[] values, int count, int by) {
      for (int i = 0; i < count; i++) {
        values[i] /= by;
      }
    }

    @Override
    public void close() {
      // At once, as they may be views of arrays that are freed next
      for (int i = 0; i < blocks(parameters); i++) {
        Blocks.remove(id(broadcast.id(), PARAMETERS, i));
      }
      for (int i = 0; i < blocks(updaterState); i++) {
        Blocks.remove(id(broadcast.id(), UPDATER, i));
      }
      broadcast.destroy();
    }
  }
}
