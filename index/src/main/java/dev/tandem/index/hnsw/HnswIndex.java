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
   * way through the graph.
   *
   * @param accepted rows that may be found; all where it is empty
   */
  public PartHits search(VectorMatrix queries, int k, int ef, Optional<BitSet> accepted) {
    if (queries.dimension() != part.vectors().dimension()) {
      throw new IllegalArgumentException(
          "queries have "
              + queries.dimension()
              + " components, passages "
              + part.vectors().dimension()
              + ": were both encoded by the same model?");
    }
    Optional<Bits> bits = accepted.map(rows -> bits(rows, graph.size()));
    int[][] found = new int[queries.rows()][];
    float[] query = new float[queries.dimension()];
    try {
      for (int q = 0; q < found.length; q++) {
        queries.copyRow(q, query);
        found[q] = candidates(query, Math.max(k, ef), bits.orElse(null));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("vectors in memory cannot fail to be read", e);
    }
    return ranking.best(queries, found, k);
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

  private int[] candidates(float[] query, int ef, Bits accepted) throws IOException {
    if (graph.size() == 0) {
      return new int[0];
    }
    TopKnnCollector collector = new TopKnnCollector(Math.min(ef, graph.size()), Integer.MAX_VALUE);
    HnswGraphSearcher.search(scorer(query), collector, graph.view(), accepted);
    TopDocs top = collector.topDocs();
    int[] rows = new int[top.scoreDocs.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = top.scoreDocs[i].doc;
    }
    return rows;
  }
}
