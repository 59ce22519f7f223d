package dev.tandem.index.hnsw;

import dev.tandem.index.search.ExactRanking;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.Optional;
import org.apache.lucene.codecs.hnsw.DefaultFlatVectorScorer;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;

/**
 * A part with its graph. Searching is safe from several threads at once; the part, which this does
 * not own, must stay open meanwhile.
 */
public final class HnswIndex {

  private static final VectorSimilarityFunction SIMILARITY =
      VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;

  private static final FlatVectorsScorer SCORER = scorer();

  private final LoadedPart part;
  private final NeighbourGraph graph;
  private final Optional<Int8Vectors> rounded;
  private final ExactRanking ranking;

  private HnswIndex(LoadedPart part, NeighbourGraph graph, Optional<Int8Vectors> rounded) {
    this.part = part;
    this.graph = graph;
    this.rounded = rounded;
    this.ranking = new ExactRanking(part.vectors(), part.ids());
  }

  /** Ours where the Vector API is there; the JVM may have been started without it. */
  private static FlatVectorsScorer scorer() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? new SimdVectorsScorer()
        : DefaultFlatVectorScorer.INSTANCE;
  }

  /**
   * Builds a graph over a part on the calling thread. The same part, settings and machine give the
   * same graph.
   *
   * @param part stays with its owner
   */
  public static HnswIndex build(LoadedPart part, HnswSettings settings) {
    Optional<Int8Vectors> rounded = round(part, settings.encoding());
    try {
      int rows = part.vectors().rows();
      if (rows == 0) {
        return new HnswIndex(part, new NeighbourGraph(-1, new NeighbourGraph.Level[0]), rounded);
      }
      HnswGraphBuilder builder =
          HnswGraphBuilder.create(
              supplier(part.vectors(), rounded),
              settings.maxConnections(),
              settings.efConstruction(),
              settings.seed(),
              rows);
      return new HnswIndex(part, NeighbourGraph.copyOf(builder.build(rows)), rounded);
    } catch (IOException e) {
      throw new UncheckedIOException("vectors in memory cannot fail to be read", e);
    }
  }

  /**
   * A part with a graph that was built before.
   *
   * @param part stays with its owner
   * @param encoding what the search computes inner products from
   * @throws IllegalArgumentException if the graph has not a node for each vector
   */
  public static HnswIndex of(
      LoadedPart part, NeighbourGraph graph, HnswSettings.Encoding encoding) {
    if (graph.size() != part.vectors().rows()) {
      throw new IllegalArgumentException(
          "the graph has "
              + graph.size()
              + " nodes, the part "
              + part.vectors().rows()
              + " vectors");
    }
    return new HnswIndex(part, graph, round(part, encoding));
  }

  private static Optional<Int8Vectors> round(LoadedPart part, HnswSettings.Encoding encoding) {
    return encoding == HnswSettings.Encoding.INT8
        ? Optional.of(Int8Vectors.of(part.vectors()))
        : Optional.empty();
  }

  private static RandomVectorScorerSupplier supplier(
      VectorMatrix vectors, Optional<Int8Vectors> rounded) throws IOException {
    return rounded.isPresent()
        ? Int8Scorer.supplier(rounded.get())
        : SCORER.getRandomVectorScorerSupplier(SIMILARITY, new FloatVectors(vectors));
  }

  private RandomVectorScorer scorer(float[] query) throws IOException {
    return rounded.isPresent()
        ? Int8Scorer.of(rounded.get(), query)
        : SCORER.getRandomVectorScorer(SIMILARITY, new FloatVectors(part.vectors()), query);
  }

  /** The graph. */
  public NeighbourGraph graph() {
    return graph;
  }

  /** The part it is over. */
  public LoadedPart part() {
    return part;
  }

  /**
   * Searches on the calling thread.
   *
   * @param queries one a row, finite, of the vectors' dimension
   * @param k how many passages to find for each query
   * @param ef candidates kept while searching, at least k of them; more raise recall and take
   *     longer
   * @return hits with exact scores in exact order; passages of the best k may be missing
   * @throws IllegalArgumentException if k is not positive or the dimensions differ
   */
  public PartHits search(VectorMatrix queries, int k, int ef) {
    return search(queries, k, ef, Optional.empty());
  }

  /**
   * As {@link #search(VectorMatrix, int, int)}, among some of the rows; the others still lead the
   * way through the graph. Where that would look at more rows than are accepted, or cannot reach
   * enough of them, all accepted rows are scored instead, and nothing is missing. This is the rule
   * of Lucene's own filtered queries.
   *
   * @param accepted rows that may be found; all where it is empty
   */
  public PartHits search(VectorMatrix queries, int k, int ef, Optional<BitSet> accepted) {
    return ranking.best(queries, candidates(queries, Math.max(k, ef), accepted), k);
  }

  /**
   * Rows that a search proposes, for a ranking of the caller's own.
   *
   * @param count how many to find for each query
   * @param accepted rows that may be found; all where it is empty
   * @return for each query different rows, as many as asked for or fewer, in no order
   * @throws IllegalArgumentException if the dimensions differ
   */
  public int[][] candidates(VectorMatrix queries, int count, Optional<BitSet> accepted) {
    if (queries.dimension() != part.vectors().dimension()) {
      throw new IllegalArgumentException(
          "queries have "
              + queries.dimension()
              + " components, passages "
              + part.vectors().dimension()
              + ": were both encoded by the same model?");
    }
    int[][] found = new int[queries.rows()][];
    float[] query = new float[queries.dimension()];
    try {
      for (int q = 0; q < found.length; q++) {
        queries.copyRow(q, query);
        found[q] =
            accepted.isPresent()
                ? candidates(query, count, accepted.get())
                : candidates(query, count, null, Integer.MAX_VALUE).rows();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("vectors in memory cannot fail to be read", e);
    }
    return found;
  }

  private static Bits bits(BitSet rows, int length) {
    return new Bits() {
      @Override
      public boolean get(int index) {
        return rows.get(index);
      }

      @Override
      public int length() {
        return length;
      }
    };
  }

  /**
   * What a walk through the graph found.
   *
   * @param rows in no order
   * @param whole whether it ended by itself with as many as were asked for
   */
  private record Walk(int[] rows, boolean whole) {}

  private int[] candidates(float[] query, int ef, BitSet accepted) throws IOException {
    int count = accepted.cardinality();
    if (count > ef) {
      // One more than it takes to look at all of them, as looking at just as many is no loss.
      Walk walk = candidates(query, ef, bits(accepted, graph.size()), count + 1);
      if (walk.whole()) {
        return walk.rows();
      }
    }
    return accepted.stream().toArray();
  }

  private Walk candidates(float[] query, int ef, Bits accepted, int mostVisited)
      throws IOException {
    if (graph.size() == 0) {
      return new Walk(new int[0], true);
    }
    int wanted = Math.min(ef, graph.size());
    TopKnnCollector collector = new TopKnnCollector(wanted, mostVisited);
    HnswGraphSearcher.search(scorer(query), collector, graph.view(), accepted);
    boolean whole = !collector.earlyTerminated();
    TopDocs top = collector.topDocs();
    int[] rows = new int[top.scoreDocs.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = top.scoreDocs[i].doc;
    }
    return new Walk(rows, whole && rows.length == wanted);
  }
}
