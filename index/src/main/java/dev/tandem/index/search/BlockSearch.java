package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/** Searches block after block of queries on one thread, with the memory that takes. */
final class BlockSearch implements AutoCloseable {

  private static final int ROW_BLOCK = 2048;

  private final VectorMatrix vectors;
  private final VectorMatrix sample;
  private final double largestNorm;
  private final VectorMatrix queries;
  private final int k;
  private final int dimension;
  private final FloatPointer products;
  private final FloatBuffer productsBuffer;
  private final float[] scores = new float[ROW_BLOCK];
  private final float[] query;
  private final Reranking reranking;
  private final Candidates[] candidates;

  BlockSearch(
      VectorMatrix vectors,
      PassageIds ids,
      VectorMatrix sample,
      double largestNorm,
      VectorMatrix queries,
      int k,
      int queryBlock) {
    this.vectors = vectors;
    this.sample = sample;
    this.largestNorm = largestNorm;
    this.queries = queries;
    this.k = Math.min(k, vectors.rows());
    this.dimension = vectors.dimension();
    this.products = new FloatPointer((long) queryBlock * ROW_BLOCK);
    this.productsBuffer = products.asBuffer();
    this.query = new float[dimension];
    this.reranking = new Reranking(vectors, ids, queries);
    this.candidates = new Candidates[Math.min(queryBlock, queries.rows())];
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = new Candidates(this.k, vectors.rows());
    }
  }

  /** Searches {@code count} queries from {@code first} on. */
  void run(int first, int count, HitCollector hits) {
    if (k == 0) {
      return;
    }
    float[] slack = new float[count];
    for (int i = 0; i < count; i++) {
      queries.copyRow(first + i, query);
      double norm = ExactScore.norm(query, dimension);
      slack[i] = Math.nextUp((float) (2 * ExactScore.errorBound(dimension, norm * largestNorm)));
    }
    guess(first, count, slack);
    scan(vectors, first, count);
    for (int i = 0; i < count; i++) {
      if (!candidates[i].complete()) {
        // Rare: the sample promised too much for this query.
        Candidates again = candidates[i];
        again.reset(Float.NEGATIVE_INFINITY, slack[i]);
        Candidates other = candidates[0];
        candidates[0] = again;
        scan(vectors, first + i, 1);
        candidates[0] = other;
        again.complete();
      }
    }
    reranking.run(candidates, first, count, hits);
  }

  /** Sets every query's candidates up with a threshold from the sample, if it can give one. */
  private void guess(int first, int count, float[] slack) {
    int rank = sample.rows() == 0 ? 0 : ScoreSample.rank(k, sample.rows(), vectors.rows());
    for (int i = 0; i < count; i++) {
      candidates[i].reset(Float.NEGATIVE_INFINITY, slack[i]);
    }
    if (rank == 0) {
      return;
    }
    scan(sample, first, count);
    for (int i = 0; i < count; i++) {
      float guess = candidates[i].scoreAt(Math.min(rank, candidates[i].count()));
      // Below the guess by the slack: a k-th score at the guess must be provable as such.
      candidates[i].reset(Math.nextDown(guess - slack[i]), slack[i]);
    }
  }

  /** Offers the approximate scores of all rows of a matrix to the queries' candidates. */
  private void scan(VectorMatrix rows, int firstQuery, int count) {
    FloatPointer queryBlock = queries.pointer(firstQuery);
    for (int from = 0; from < rows.rows(); from += ROW_BLOCK) {
      int block = Math.min(ROW_BLOCK, rows.rows() - from);
      InnerProducts.compute(queryBlock, count, rows, from, block, products);
      for (int i = 0; i < count; i++) {
        productsBuffer.get(i * block, scores, 0, block);
        candidates[i].offer(scores, block, from);
      }
    }
  }

  @Override
  public void close() {
    products.deallocate();
  }
}
