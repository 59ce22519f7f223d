package dev.tandem.index.hnsw;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.apache.lucene.codecs.hnsw.DefaultFlatVectorScorer;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.hnsw.RandomAccessVectorValues;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;

/**
 * Inner products by the Vector API, read from the matrix where it lies. Lucene 9.12 has such
 * kernels for Java 20 and newer only and is scalar on Java 17. What is not a maximum inner product
 * over a matrix goes to Lucene's own scorer.
 */
final class SimdVectorsScorer implements FlatVectorsScorer {

  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @Override
  public RandomVectorScorerSupplier getRandomVectorScorerSupplier(
      VectorSimilarityFunction similarity, RandomAccessVectorValues values) throws IOException {
    if (similarity == VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT
        && values instanceof FloatVectors floats) {
      return new Supplier(floats);
    }
    return DefaultFlatVectorScorer.INSTANCE.getRandomVectorScorerSupplier(similarity, values);
  }

  @Override
  public RandomVectorScorer getRandomVectorScorer(
      VectorSimilarityFunction similarity, RandomAccessVectorValues values, float[] target)
      throws IOException {
    if (similarity == VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT
        && values instanceof FloatVectors floats) {
      return new Scorer(floats, target);
    }
    return DefaultFlatVectorScorer.INSTANCE.getRandomVectorScorer(similarity, values, target);
  }

  @Override
  public RandomVectorScorer getRandomVectorScorer(
      VectorSimilarityFunction similarity, RandomAccessVectorValues values, byte[] target)
      throws IOException {
    return DefaultFlatVectorScorer.INSTANCE.getRandomVectorScorer(similarity, values, target);
  }

  /** Inner product of an array and the row of floats that starts at a byte of a buffer. */
  static float product(float[] target, ByteBuffer rows, int at) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = FloatVector.zero(SPECIES);
    int i = 0;
    for (int end = target.length - 2 * LANES; i <= end; i += 2 * LANES) {
      FloatVector row0 = FloatVector.fromByteBuffer(SPECIES, rows, at + 4 * i, ORDER);
      FloatVector row1 = FloatVector.fromByteBuffer(SPECIES, rows, at + 4 * (i + LANES), ORDER);
      s0 = row0.fma(FloatVector.fromArray(SPECIES, target, i), s0);
      s1 = row1.fma(FloatVector.fromArray(SPECIES, target, i + LANES), s1);
    }
    float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
    for (; i < target.length; i++) {
      sum += target[i] * rows.getFloat(at + 4 * i);
    }
    return sum;
  }

  private static final class Scorer extends RandomVectorScorer.AbstractRandomVectorScorer {

    private final ByteBuffer rows;
    private final float[] target;
    private final int rowBytes;

    Scorer(FloatVectors vectors, float[] target) {
      super(vectors);
      if (target.length != vectors.dimension()) {
        throw new IllegalArgumentException(
            "the query has "
                + target.length
                + " components, the vectors have "
                + vectors.dimension());
      }
      this.rows = vectors.bytes();
      this.target = target;
      this.rowBytes = 4 * target.length;
    }

    @Override
    public float score(int node) {
      return VectorUtil.scaleMaxInnerProductScore(product(target, rows, node * rowBytes));
    }
  }

  private record Supplier(FloatVectors vectors) implements RandomVectorScorerSupplier {

    @Override
    public RandomVectorScorer scorer(int ordinal) {
      return new Scorer(vectors, vectors.vectorValue(ordinal).clone());
    }

    @Override
    public RandomVectorScorerSupplier copy() {
      return new Supplier(vectors.copy());
    }
  }
}
