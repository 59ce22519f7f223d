package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.TokenWindows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Encodes texts on the cluster with one tower, which is broadcast once. Closing it takes the
 * broadcast back; results computed lazily must have been used by then.
 */
public final class CollectionEncoder implements AutoCloseable {
  private final JavaSparkContext spark;
  private final Broadcast<Tower> tower;
  private final int dimension;
  private final int batchSize;

  /**
   * @param spark where to encode
   * @param tower the encoder
   * @param batchSize texts the encoder takes at once
   */
  public CollectionEncoder(JavaSparkContext spark, Tower tower, int batchSize) {
    this.spark = spark;
    this.tower = spark.broadcast(tower);
    this.dimension = tower.dimension();
    this.batchSize = batchSize;
  }

  /**
   * Vectors of texts, in blocks, lazily.
   *
   * @param texts what to encode; partitions stay as they are
   * @param encoded counts the texts as they are done
   */
  public JavaRDD<VectorBlock> encode(JavaRDD<TokenizedText> texts, LongAccumulator encoded) {
    Broadcast<Tower> shared = tower;
    int batch = batchSize;
    return texts.mapPartitions(
        part -> {
          TextEncoder encoder = new TextEncoder(shared.value(), batch, part, encoded::add);
          // Also where the task fails, or its blocks are not all taken.
          TaskCompletionListener close = context -> encoder.close();
          TaskContext.get().addTaskCompletionListener(close);
          return encoder;
        });
  }

  /**
   * Vectors of texts, one block a part, lazily; a part's texts are divided from the data alone.
   *
   * @param texts what to encode
   * @param count how many texts there are
   * @param encoded counts the texts as they are done
   */
  JavaRDD<VectorBlock> encodeParts(
      JavaRDD<TokenizedText> texts, long count, LongAccumulator encoded) {
    return encodeParts(texts, count, null, encoded);
  }

  /**
   * As above, with texts cut into windows; those of a text follow each other in one block.
   *
   * @param count about how many windows there are
   * @param windows cuts texts; null leaves them whole
   */
  JavaRDD<VectorBlock> encodeParts(
      JavaRDD<TokenizedText> texts, long count, TokenWindows windows, LongAccumulator encoded) {
    int elements = dimension;
    JavaRDD<TokenizedText> divided = Parts.divide(spark, texts, count);
    return encode(
            windows == null ? divided : divided.flatMap(text -> windows.cut(text).iterator()),
            encoded)
        .mapPartitions(blocks -> List.of(gather(blocks, elements)).iterator());
  }

  private static VectorBlock gather(Iterator<VectorBlock> blocks, int dimension) {
    List<VectorBlock> all = new ArrayList<>();
    blocks.forEachRemaining(all::add);
    return VectorBlock.concatenate(all, dimension);
  }

  /** Elements of a vector. */
  public int dimension() {
    return dimension;
  }

  @Override
  public void close() {
    tower.destroy();
    if (spark.sc().isLocal()) {
      EnginePool.closeIdle();
    }
  }
}
