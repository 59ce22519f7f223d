package dev.tandem.index.hnsw;

import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;

/** Scores of a query rounded to eight bits with the rows of {@link Int8Vectors}. */
final class Int8Scorer implements RandomVectorScorer {

  private static final boolean WIDE = ShortVector.SPECIES_PREFERRED.length() >= 16;

  private final Int8Vectors vectors;
  private final byte[] query;
  private final float scale;

  private Int8Scorer(Int8Vectors vectors, byte[] query, float scale) {
    this.vectors = vectors;
    this.query = query;
    this.scale = scale;
  }

  /** A scorer for a query of the vectors' dimension. */
  static Int8Scorer of(Int8Vectors vectors, float[] query) {
    byte[] rounded = new byte[query.length];
    return new Int8Scorer(vectors, rounded, Int8Vectors.round(query, rounded, 0));
  }

  /** Scorers for the rows themselves, to build a graph with. */
  static RandomVectorScorerSupplier supplier(Int8Vectors vectors) {
    return new RandomVectorScorerSupplier() {
      @Override
      public RandomVectorScorer scorer(int ordinal) {
        int from = ordinal * vectors.dimension();
        return new Int8Scorer(
            vectors,
            Arrays.copyOfRange(vectors.components(), from, from + vectors.dimension()),
            vectors.scale(ordinal));
      }

      @Override
      public RandomVectorScorerSupplier copy() {
        return this;
      }
    };
  }

  @Override
  public float score(int node) {
    int product = product(query, vectors.components(), node * query.length);
    return VectorUtil.scaleMaxInnerProductScore(product * scale * vectors.scale(node));
  }

  /** Inner product of an array and as many components of another from an index on. */
  static int product(byte[] query, byte[] rows, int at) {
    int i = 0;
    int sum = 0;
    if (WIDE) {
      IntVector low = IntVector.zero(IntVector.SPECIES_256);
      IntVector high = IntVector.zero(IntVector.SPECIES_256);
      for (int end = query.length - 16; i <= end; i += 16) {
        // A product of two components is at most 127 times 127, which a short holds.
        ShortVector products = widened(query, i).mul(widened(rows, at + i));
        low = low.add(products.convertShape(VectorOperators.S2I, IntVector.SPECIES_256, 0));
        high = high.add(products.convertShape(VectorOperators.S2I, IntVector.SPECIES_256, 1));
      }
      sum = low.add(high).reduceLanes(VectorOperators.ADD);
    }
    for (; i < query.length; i++) {
      sum += query[i] * rows[at + i];
    }
    return sum;
  }

  private static ShortVector widened(byte[] array, int at) {
    return (ShortVector)
        ByteVector.fromArray(ByteVector.SPECIES_128, array, at)
            .convertShape(VectorOperators.B2S, ShortVector.SPECIES_256, 0);
  }

  @Override
  public int maxOrd() {
    return vectors.size();
  }

  @Override
  public Bits getAcceptOrds(Bits acceptDocs) {
    return acceptDocs;
  }
}
