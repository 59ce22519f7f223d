package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.HitMerger;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Exact retrieval by inner product: each task searches its vectors for all queries, block of
 * queries by block, and the blocks of hits are merged in a shuffle, so that neither a task nor the
 * driver holds more than one block's hits at a time beyond what Spark can spill.
 *
 * <p>Equal scores rank as trec_eval ranks them, and the hits kept at the last rank follow the same
 * order, so the result does not depend on how the vectors are divided.
 */
public final class ExactRetrieval {
  private ExactRetrieval() {}

  /**
   * Searches vectors for queries and gathers a run, which is held in memory.
   *
   * @param spark where to search
   * @param passages the passages' vectors
   * @param queries the queries' vectors
   * @param depth passages kept a query
   * @param tag the run's name
   */
  public static TrecRun run(
      JavaSparkContext spark,
      JavaRDD<VectorBlock> passages,
      JavaRDD<VectorBlock> queries,
      int depth,
      String tag) {
    List<VectorBlock> blocks = queries.collect();
    int dimension = blocks.stream().findFirst().map(VectorBlock::dimension).orElse(1);
    Broadcast<EncodedQueries> encoded = spark.broadcast(EncodedQueries.of(blocks, dimension));
    try {
      Map<String, List<RankedPassage>> rankings = new HashMap<>();
      Iterator<SearchHits> hits =
          merged(ofVectors(passages, encoded, depth, Aggregation.MAX), encoded.value(), depth);
      for (int block = 0; hits.hasNext(); block++) {
        SearchHits found = hits.next();
        List<String> ids = encoded.value().ids(block);
        for (int i = 0; i < ids.size(); i++) {
          rankings.put(ids.get(i), found.ranking(i));
        }
      }
      return TrecRun.of(tag, rankings);
    } finally {
      encoded.destroy();
    }
  }

  /**
   * Hits in vectors in memory, by block of queries, for {@link #merged}. The blocks of a partition
   * are searched together as far as they make a part of sensible size.
   */
  static JavaPairRDD<Integer, SearchHits> ofVectors(
      JavaRDD<VectorBlock> vectors,
      Broadcast<EncodedQueries> queries,
      int depth,
      Aggregation aggregation) {
    return vectors
        .mapPartitions(BlockGroups::new)
        .flatMapToPair(
            block -> {
              VectorMatrix matrix =
                  VectorMatrix.copyOf(block.vectors(), block.size(), block.dimension());
              LoadedPart part = new LoadedPart(matrix, PassageIds.of(block.ids()));
              return new PartSearch(part, queries.value(), depth, aggregation);
            });
  }

  /**
   * Hits in vectors on disk, by block of queries, for {@link #merged}.
   *
   * @param filter what a passage must meet to be found
   */
  static JavaPairRDD<Integer, SearchHits> ofShards(
      JavaRDD<VectorShards.Part> parts,
      MetadataFilter filter,
      Broadcast<EncodedQueries> queries,
      int depth,
      Aggregation aggregation,
      SerializableConfiguration hadoop,
      LongAccumulator searched) {
    return parts.flatMapToPair(
        part -> {
          BitSet rows = VectorSource.all(part).passing(filter, hadoop);
          return new CountedAtEnd<>(
              PartSearch.among(rows, part, hadoop, queries.value(), depth, aggregation),
              searched,
              part.description().rows());
        });
  }

  /**
   * The hits of each block of queries in all parts, in the order of the blocks; computed when
   * iterated. There are none where there are no parts.
   *
   * @param hits by block of queries, of each part
   * @param queries the query matrix
   * @param depth hits kept a query
   */
  static Iterator<SearchHits> merged(
      JavaPairRDD<Integer, SearchHits> hits, EncodedQueries queries, int depth) {
    return merged(hits, queries.blocks().length, depth);
  }

  /** As above, for hits of any kind of search, from the number of blocks. */
  static Iterator<SearchHits> merged(JavaPairRDD<Integer, SearchHits> hits, int blocks, int depth) {
    return mergedBlocks(hits, blocks, depth).toLocalIterator();
  }

  /** The merged hits of each block, a partition a block. */
  static JavaRDD<SearchHits> mergedBlocks(
      JavaPairRDD<Integer, SearchHits> hits, int blocks, int depth) {
    return hits.reduceByKey(
            new BlockPartitioner(blocks), (a, b) -> HitMerger.merge(List.of(a, b), depth))
        .values();
  }

  /**
   * A partition for each block, as the driver takes whole partitions: with a share of all blocks in
   * each, what it holds would grow with the number of queries.
   */
  private static final class BlockPartitioner extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int blocks;

    BlockPartitioner(int blocks) {
      this.blocks = Math.max(1, blocks);
    }

    @Override
    public int numPartitions() {
      return blocks;
    }

    @Override
    public int getPartition(Object block) {
      return (Integer) block;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof BlockPartitioner that && that.blocks == blocks;
    }

    @Override
    public int hashCode() {
      return blocks;
    }
  }
}
