package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import org.bytedeco.javacpp.FloatPointer;

/** Searches block after block of queries on one thread, with the memory that takes. */
final class BlockSearch implements AutoCloseable {

  private static final int ROW_BLOCK = 2048;

  private final VectorMatrix vectors;
  private final PassageIds ids;
  private final VectorMatrix sample;
  private final double largestNorm;
  private final VectorMatrix queries;
  private final int k;
  private final int dimension;
  private final FloatPointer products;
  private final FloatBuffer productsBuffer;
  private final float[] scores = new float[ROW_BLOCK];
  private final float[] query;
  private final float[] passage;
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
    this.ids = ids;
    this.sample = sample;
    this.largestNorm = largestNorm;
    this.queries = queries;
    this.k = Math.min(k, vectors.rows());
    this.dimension = vectors.dimension();
    this.products = new FloatPointer((long) queryBlock * ROW_BLOCK);
    this.productsBuffer = products.asBuffer();
    this.query = new float[dimension];
    this.passage = new float[dimension];
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
      rank(first + i, candidates[i], hits);
    }
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

  /** Scores a query's candidates exactly and hands over the best. */
  private void rank(int queryRow, Candidates found, HitCollector hits) {
    queries.copyRow(queryRow, query);
    FloatBuffer all = vectors.buffer();
    long[] keys = new long[found.count()];
    for (int i = 0; i < keys.length; i++) {
      int row = found.row(i);
      all.get(row * dimension, passage, 0, dimension);
      keys[i] = ScoreKeys.key(ExactScore.score(query, passage, dimension), row);
    }
    Arrays.sort(keys);
    int rank = 0;
    // From the end, a run of equal scores at a time.
    for (int end = keys.length; end > 0 && rank < hits.perQuery(); ) {
      float score = ScoreKeys.score(keys[end - 1]);
      int start = end - 1;
      while (start > 0 && ScoreKeys.score(keys[start - 1]) == score) {
        start--;
      }
      if (end - start == 1) {
        hits.put(queryRow, rank++, score, ScoreKeys.row(keys[start]));
      } else {
        for (int row : tied(keys, start, end)) {
          if (rank < hits.perQuery()) {
            hits.put(queryRow, rank++, score, row);
          }
        }
      }
      end = start;
    }
  }

  /** Rows of equal score in order: id in descending byte order, the same id by row. */
  private int[] tied(long[] keys, int start, int end) {
    Comparator<Integer> order = (left, right) -> ids.compare(right, ids, left);
    return Arrays.stream(keys, start, end)
        .mapToInt(ScoreKeys::row)
        .boxed()
        .sorted(order.thenComparing(Comparator.naturalOrder()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public void close() {
    products.deallocate();
  }
}
