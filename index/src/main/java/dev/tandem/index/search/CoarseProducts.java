package dev.tandem.index.search;

/**
 * Inner products of a block of queries with stretches of rows, computed fast and not exactly, with
 * a bound on the error of each. Used by one thread, in this order: the queries, a stretch of rows,
 * the bounds of each query.
 *
 * <p>Contract: for each row and query, {@code upper - 2 error <= ExactScore.score <= upper}, for
 * {@code upper} of {@link #upperBounds} and {@code error} of {@link #error}, in exact arithmetic.
 */
interface CoarseProducts extends AutoCloseable {

  /** The most rows in a stretch; with {@link #QUERIES} they fill half of a usual L2 cache. */
  int ROWS = 512;

  /** The most queries in a block. */
  int QUERIES = 512;

  /** Takes {@code count} queries from {@code first} on. */
  void queries(int first, int count);

  /** Multiplies the queries with {@code count} of the rows from {@code from} on. */
  void multiply(SearchRows rows, int from, int count);

  /**
   * What a query's scores are at most, for the rows multiplied last.
   *
   * @param query counted from the first of the block
   * @param upper receives the bounds, {@link #ROWS} long
   */
  void upperBounds(int query, float[] upper);

  /** Half of how far the exact score may lie below the upper bound. */
  float error(int query, SearchRows rows, int row);

  @Override
  void close();
}
