package dev.tandem.index.hnsw;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;

/**
 * Scores of a query with the rows of {@link Int8Vectors}: its product with their mean, which is
 * computed once, and its product, rounded to eight bits, with what a row differs from the mean in.
 */
final class Int8Scorer implements RandomVectorScorer {

  private static final boolean WIDE = ShortVector.SPECIES_PREFERRED.length() >= 16;

  private final Int8Vectors vectors;
  private final byte[] query;
  private final float scale;
  private final float offset;

  private Int8Scorer(Int8Vectors vectors, byte[] query, float scale, float offset) {
    this.vectors = vectors;
    this.query = query;
    this.scale = scale;
    this.offset = offset;
  }

  /** A scorer for a query of the vectors' dimension. */
  static Int8Scorer of(Int8Vectors vectors, float[] query) {
    byte[] rounded = new byte[query.length];
    double offset = 0;
    for (int i = 0; i < query.length; i++) {
      offset += query[i] * vectors.mean()[i];
    }
    return new Int8Scorer(vectors, rounded, Int8Vectors.round(query, rounded, 0), (float) offset);
  }

  /** Scorers for the rows themselves, to build a graph with. */
  static RandomVectorScorerSupplier supplier(Int8Vectors vectors) {
    return new RandomVectorScorerSupplier() {
      @Override
      public RandomVectorScorer scorer(int ordinal) {
        return Int8Scorer.of(vectors, vectors.restored(ordinal));
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
    return VectorUtil.scaleMaxInnerProductScore(offset + product * scale * vectors.scale(node));
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
