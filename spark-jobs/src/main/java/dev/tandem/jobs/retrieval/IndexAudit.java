package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.LoadedPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Measures an index against exact search over the vectors it was built from: some of the vectors
 * are searched for in both, themselves not counted, and what the index misses of the exact best is
 * what recall lacks. Passages are counted, by the best of their vectors. Sampled passages stand in
 * for queries; recall for real queries, which lie elsewhere, may differ.
 */
final class IndexAudit {
  private static final int[] DEPTHS = {10, 100};

  private IndexAudit() {}

  /**
   * Audits.
   *
   * @param exact what the index was built from, searched exactly
   * @param sources the same, to draw from
   * @param index as it was written
   * @param queries how many vectors to search for
   * @param seed of the choice
   * @return {@code recall_10}, {@code recall_100}, {@code queries}, {@code vectors} and {@code
   *     disconnected}
   */
  static Map<String, Object> measure(
      JavaSparkContext spark,
      SearchableVectors exact,
      List<VectorSource> sources,
      IndexShards index,
      int queries,
      long seed)
      throws IOException {
    Map<String, Object> audit = new LinkedHashMap<>();
    audit.put("queries", Math.min(queries, (int) Math.min(Integer.MAX_VALUE, exact.count())));
    audit.put("vectors", index.count());
    audit.put("disconnected", index.shards().stream().mapToLong(IndexShard::disconnected).sum());
    List<VectorBlock> sampled = sample(spark, sources, queries, seed);
    if (sampled.isEmpty()) {
      return audit;
    }
    EncodedQueries encoded = EncodedQueries.of(sampled, sampled.get(0).dimension());
    Broadcast<EncodedQueries> broadcast = spark.broadcast(encoded);
    try {
      // One more than is compared, as the vector searched for is among them.
      int depth = DEPTHS[DEPTHS.length - 1] + 1;
      LongAccumulator searched = spark.sc().longAccumulator("vectors searched by the audit");
      Iterator<SearchHits> best =
          ExactRetrieval.merged(
              exact.search(spark, broadcast, depth, Aggregation.MAX, searched), encoded, depth);
      Iterator<SearchHits> found =
          ExactRetrieval.merged(
              index.search(spark, broadcast, depth, Aggregation.MAX, searched), encoded, depth);
      long[] hits = new long[DEPTHS.length];
      long[] expected = new long[DEPTHS.length];
      for (int block = 0; best.hasNext(); block++) {
        SearchHits right = best.next();
        SearchHits there = found.next();
        List<String> ids = encoded.queryIds().block(block);
        for (int query = 0; query < ids.size(); query++) {
          for (int d = 0; d < DEPTHS.length; d++) {
            Set<String> wanted = best(right, query, ids.get(query), DEPTHS[d]);
            expected[d] += wanted.size();
            wanted.retainAll(best(there, query, ids.get(query), DEPTHS[d]));
            hits[d] += wanted.size();
          }
        }
      }
      for (int d = 0; d < DEPTHS.length; d++) {
        audit.put("recall_" + DEPTHS[d], expected[d] == 0 ? 1.0 : hits[d] / (double) expected[d]);
      }
      return audit;
    } finally {
      broadcast.destroy();
    }
  }

  private static Set<String> best(SearchHits hits, int query, String itself, int depth) {
    Set<String> best = new HashSet<>();
    for (int rank = 0; rank < hits.count(query) && best.size() < depth; rank++) {
      String id = hits.id(query, rank);
      if (!id.equals(itself)) {
        best.add(id);
      }
    }
    return best;
  }

  /** Vectors drawn from all parts, the same for the same seed. */
  private static List<VectorBlock> sample(
      JavaSparkContext spark, List<VectorSource> sources, int wanted, long seed) {
    Random random = new Random(seed);
    long count = sources.stream().mapToLong(VectorSource::rows).sum();
    Set<Long> rows = new TreeSet<>();
    while (rows.size() < Math.min(wanted, count)) {
      rows.add((long) (random.nextDouble() * count));
    }
    List<Draw> draws = new ArrayList<>();
    long before = 0;
    for (VectorSource source : sources) {
      long end = before + source.rows();
      long start = before;
      int[] drawn =
          rows.stream()
              .filter(row -> row >= start && row < end)
              .mapToInt(row -> (int) (row - start))
              .toArray();
      if (drawn.length > 0) {
        draws.add(new Draw(source.part(), rows(source, drawn)));
      }
      before = end;
    }
    if (draws.isEmpty()) {
      return List.of();
    }
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    int slices = Math.min(draws.size(), 4 * spark.defaultParallelism());
    return spark.parallelize(draws, slices).map(draw -> draw.read(hadoop)).collect();
  }

  /** Rows of the part, of those by their number among the kept ones. */
  private static int[] rows(VectorSource source, int[] kept) {
    int[] rows = new int[kept.length];
    int row = -1;
    int number = -1;
    for (int i = 0; i < kept.length; i++) {
      while (number < kept[i]) {
        row = source.dropped().nextClearBit(row + 1);
        number++;
      }
      rows[i] = row;
    }
    return rows;
  }

  /**
   * Rows drawn from a part.
   *
   * @param rows which
   */
  private record Draw(VectorShards.Part part, int[] rows) implements java.io.Serializable {

    VectorBlock read(SerializableConfiguration hadoop) throws IOException {
      int dimension = part.description().dimension();
      String[] ids = new String[rows.length];
      float[] drawn = new float[rows.length * dimension];
      float[] row = new float[dimension];
      try (LoadedPart loaded = part.load(hadoop)) {
        for (int i = 0; i < rows.length; i++) {
          ids[i] = loaded.ids().get(rows[i]);
          loaded.vectors().copyRow(rows[i], row);
          System.arraycopy(row, 0, drawn, i * dimension, dimension);
        }
      }
      return new VectorBlock(ids, drawn, dimension);
    }
  }
}
