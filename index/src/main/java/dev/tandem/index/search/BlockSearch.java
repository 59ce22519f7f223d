package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;

/** Searches block after block of queries on one thread, with the memory that takes. */
final class BlockSearch implements AutoCloseable {

  /**
   * Rounded products pay while fewer than one row in so many is left to be scored exactly; where
   * bounds are too wide for the distribution of scores, float32 products are faster.
   */
  private static final int ROUNDED_PAYS = 10;

  /**
   * Room for the candidates of a block of queries: 32 MB, enough for whole blocks to depth 1300.
   */
  private static final int CANDIDATES = 1 << 22;

  /** Room for the sample's candidates, as a multiple of how many are wanted. */
  private static final int SAMPLE_ROOM = 4;

  private final SearchRows rows;
  private final SearchRows sample;
  private final VectorMatrix queries;
  private final int k;
  private final float[] upper = new float[CoarseProducts.ROWS];
  private final Reranking reranking;
  private final Reranking rerankingAgain;
  private final Candidates[] candidates;
  private final Candidates[] sampleCandidates;
  private final int sampleRank;
  private CoarseProducts products;

  /**
   * @param sample some of the rows, or none
   * @param int8 whether to multiply rounded vectors, which the rows must then have
   */
  BlockSearch(
      SearchRows rows,
      PassageIds ids,
      SearchRows sample,
      VectorMatrix queries,
      int k,
      boolean int8) {
    this.rows = rows;
    this.sample = sample;
    this.queries = queries;
    int all = rows.vectors().rows();
    this.k = Math.min(k, all);
    KthLargest selection = new KthLargest();
    this.reranking = new Reranking(rows.vectors(), ids, queries, selection);
    this.rerankingAgain = new Reranking(rows.vectors(), ids, queries, selection);
    this.candidates = new Candidates[Math.min(queriesAtOnce(k, all), queries.rows())];
    this.sampleRank =
        sample.vectors().rows() == 0 ? 0 : ScoreSample.rank(this.k, sample.vectors().rows(), all);
    this.sampleCandidates = new Candidates[sampleRank == 0 ? 0 : candidates.length];
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = new Candidates(capacity(k, all), selection);
      if (sampleRank > 0) {
        // Few rows of the sample are near the threshold, so it is raised often.
        sampleCandidates[i] = new Candidates(SAMPLE_ROOM * sampleRank, selection);
      }
    }
    this.products = int8 ? new Int8Products(queries) : new Float32Products(queries);
  }

  /** How many candidates of a query to have room for at first. */
  private static int capacity(int k, int rows) {
    return (int) Math.min(rows, Math.max(6L * k, 2048));
  }

  /**
   * How many queries to search in a block, at most {@link CoarseProducts#QUERIES}: fewer at great
   * depth, so that all their candidates together take {@link #CANDIDATES} or those of one query.
   *
   * @param k depth of the search
   * @param rows number of rows that are searched
   */
  static int queriesAtOnce(int k, int rows) {
    return Math.max(
        1, Math.min(CoarseProducts.QUERIES, CANDIDATES / Math.max(1, capacity(k, rows))));
  }

  /** Searches {@code count} queries from {@code first} on, at most {@link #queriesAtOnce}. */
  void run(int first, int count, HitCollector hits) {
    if (k == 0) {
      return;
    }
    products.queries(first, count);
    if (!guess(count)) {
      // Made first: where memory does not suffice, what is held must be closed once and no more.
      CoarseProducts plain = new Float32Products(queries);
      products.close();
      products = plain;
      products.queries(first, count);
      guess(count);
    }
    scan(rows, candidates, count);
    for (int i = 0; i < count; i++) {
      candidates[i].narrow();
    }
    reranking.run(candidates, first, count, hits);
    for (int i = 0; i < count; i++) {
      if (!reranking.complete(i)) {
        again(candidates[i], reranking.reached(i), first + i, hits);
      }
    }
  }

  /**
   * Ends a query whose candidates did not reach what was expected of them. That is rare where
   * scores differ; many equal ones share one side of the middle of their bounds.
   *
   * @param reached what k candidates score at least, where so many were scored
   */
  private void again(Candidates held, float reached, int query, HitCollector hits) {
    Candidates[] one = {held};
    if (held.narrowed()) {
      held.widen(reached);
      rerankingAgain.run(one, query, 1, hits);
      if (rerankingAgain.complete(0)) {
        return;
      }
    }
    // The sample promised too much.
    products.queries(query, 1);
    held.reset(k, Float.NEGATIVE_INFINITY, products, 0, rows);
    scan(rows, one, 1);
    rerankingAgain.run(one, query, 1, hits);
  }

  /** Whether rounded vectors are multiplied; no more once they turned out not to pay. */
  boolean multipliesRounded() {
    return products instanceof Int8Products;
  }

  /**
   * Sets every query's candidates up with a threshold from the sample, if it can give one.
   *
   * @return whether the products in use are likely to be the fastest
   */
  private boolean guess(int count) {
    if (sampleRank == 0) {
      for (int i = 0; i < count; i++) {
        candidates[i].reset(k, Float.NEGATIVE_INFINITY, products, i, rows);
      }
      return true;
    }
    for (int i = 0; i < count; i++) {
      sampleCandidates[i].reset(sampleRank, Float.NEGATIVE_INFINITY, products, i, sample);
    }
    scan(sample, sampleCandidates, count);
    long reaching = 0;
    for (int i = 0; i < count; i++) {
      float guess = sampleCandidates[i].scoreAt(sampleRank);
      reaching += sampleCandidates[i].reaching(guess);
      candidates[i].reset(k, guess, products, i, rows);
    }
    return !multipliesRounded()
        || reaching <= (long) count * (sample.vectors().rows() / ROUNDED_PAYS + 2 * sampleRank);
  }

  /** Offers the bounds of all rows to the candidates of the products' queries. */
  private void scan(SearchRows offered, Candidates[] candidates, int count) {
    int all = offered.vectors().rows();
    for (int from = 0; from < all; from += CoarseProducts.ROWS) {
      int block = Math.min(CoarseProducts.ROWS, all - from);
      products.multiply(offered, from, block);
      for (int i = 0; i < count; i++) {
        products.upperBounds(i, upper);
        candidates[i].offer(upper, block, from);
      }
    }
  }

  @Override
  public void close() {
    products.close();
  }
}
