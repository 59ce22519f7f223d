package dev.tandem.jobs.retrieval;

import dev.tandem.index.trec.Utf8Order;
import dev.tandem.jobs.data.TokenizedText;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * The query matrix, in blocks, sorted by query id in byte order so that results come out in the
 * order of a run file.
 *
 * @param ids query ids in ascending byte order
 * @param blocks row-major vectors, {@link #BLOCK} queries a block, the last one possibly fewer
 * @param dimension elements of a vector
 */
record EncodedQueries(String[] ids, float[][] blocks, int dimension) implements Serializable {
  /** Queries searched and merged together. */
  static final int BLOCK = QueryIds.BLOCK;

  /**
   * Encodes queries on the cluster and gathers them here.
   *
   * @param spark where to encode
   * @param queries the queries
   * @param count how many queries there are, or somewhat more
   * @param encoder encodes them
   */
  static EncodedQueries encode(
      JavaSparkContext spark,
      JavaRDD<TokenizedText> queries,
      long count,
      CollectionEncoder encoder) {
    LongAccumulator encoded = spark.sc().longAccumulator("queries encoded");
    return of(encoder.encodeParts(queries, count, encoded).collect(), encoder.dimension());
  }

  /** Gathers encoded queries that come in any order. */
  static EncodedQueries of(List<VectorBlock> encoded, int dimension) {
    int size = encoded.stream().mapToInt(VectorBlock::size).sum();
    String[] unsorted = new String[size];
    VectorBlock[] sources = new VectorBlock[size];
    int[] rows = new int[size];
    int next = 0;
    for (VectorBlock block : encoded) {
      for (int row = 0; row < block.size(); row++) {
        unsorted[next] = block.ids()[row];
        sources[next] = block;
        rows[next++] = row;
      }
    }
    int[] order =
        IntStream.range(0, size)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> unsorted[i], Utf8Order.ASCENDING))
            .mapToInt(Integer::intValue)
            .toArray();
    String[] ids = new String[size];
    float[][] blocks = new float[(size + BLOCK - 1) / BLOCK][];
    for (int b = 0; b < blocks.length; b++) {
      blocks[b] = new float[Math.min(BLOCK, size - b * BLOCK) * dimension];
    }
    for (int i = 0; i < size; i++) {
      ids[i] = unsorted[order[i]];
      System.arraycopy(
          sources[order[i]].vectors(),
          rows[order[i]] * dimension,
          blocks[i / BLOCK],
          i % BLOCK * dimension,
          dimension);
    }
    return new EncodedQueries(ids, blocks, dimension);
  }

  /** The ids alone. */
  QueryIds queryIds() {
    return new QueryIds(List.of(ids));
  }

  /** Number of queries of a block. */
  int size(int block) {
    return blocks[block].length / dimension;
  }

  /** Ids of the queries of a block. */
  List<String> ids(int block) {
    return Arrays.asList(ids).subList(block * BLOCK, block * BLOCK + size(block));
  }
}
