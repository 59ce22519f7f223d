package dev.tandem.index.search;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Exact search for passages that may have several vectors each, in neighbouring rows: for each
 * query the {@code k} passages with the highest aggregated scores, each once, equal scores by
 * passage id in descending byte order. The result is that of brute force, and as no passage is in
 * two parts, merging parts' results is too.
 *
 * <p>{@link Aggregation#SUM} searches the passages' summed vectors. {@link Aggregation#MAX}
 * searches the rows, somewhat deeper than k; once the best rows are of k different passages, no
 * passage outside can have a better row, so these are the best k. A query whose best rows are of
 * fewer passages is searched again, four times as deep.
 *
 * <p>Not for several threads at once. The part must stay open while it is searched; native memory
 * taken is freed by {@link #close}.
 */
public final class PassageSearcher implements AutoCloseable {

  /** Of the rows that k passages have on average; the best passages tend to have more of them. */
  private static final double FIRST_DEPTH = 1.5;

  private static final int DEEPER = 4;

  private final PassageVectors passages;
  private final ExactSearcher searcher;

  /**
   * A searcher over a part, which it does not own.
   *
   * @throws IllegalArgumentException if a vector, or a sum of a passage's, is not finite
   */
  public PassageSearcher(LoadedPart part, Aggregation aggregation) {
    passages = new PassageVectors(part, aggregation);
    searcher = new ExactSearcher(passages.vectors(), passages.ids());
  }

  /**
   * Searches on the calling thread.
   *
   * @param queries one a row; none is allowed
   * @param k how many passages to find for each query; fewer are found where there are fewer
   * @return hits in rows of the part, of each passage one: its best row, or its first for a sum
   * @throws IllegalArgumentException as {@link ExactSearcher#search(VectorMatrix, int)}
   */
  public PartHits search(VectorMatrix queries, int k) {
    if (passages.perPassage()) {
      return passages.inPart(searcher.search(queries, k));
    }
    return best(passages.rows(), queries, k, searcher::search);
  }

  /** A search for rows: score descending, equal scores by id in descending byte order. */
  @FunctionalInterface
  public interface RowSearch {
    /**
     * The best rows for each query.
     *
     * @param depth how many
     */
    PartHits search(VectorMatrix queries, int depth);
  }

  /**
   * The best passages by {@link Aggregation#MAX} as an exact search for rows finds them.
   *
   * @param passages of the rows that are searched
   * @param k how many passages to find for each query; fewer are found where there are fewer
   * @param search gives all rows that may be found at the depth of all rows
   * @return of each passage its best row
   */
  public static PartHits best(PassageRows passages, VectorMatrix queries, int k, RowSearch search) {
    int rows = passages.rows();
    int wanted = Math.min(k, passages.passages());
    BestRows best = new BestRows(passages, queries.rows());
    int[] left = IntStream.range(0, queries.rows()).toArray();
    long depth = (long) Math.ceil(FIRST_DEPTH * wanted * rows / Math.max(1, passages.passages()));
    while (left.length > 0) {
      depth = Math.min(Math.max(1, depth), Math.max(1, rows));
      int[] again = new int[left.length];
      int count = 0;
      try (VectorMatrix some = select(queries, left)) {
        PartHits hits = search.search(some, (int) depth);
        for (int i = 0; i < left.length; i++) {
          if (best.take(hits, i, left[i], wanted) < wanted && depth < rows) {
            again[count++] = left[i];
          }
        }
      }
      left = Arrays.copyOf(again, count);
      depth *= DEEPER;
    }
    return best.build();
  }

  private static VectorMatrix select(VectorMatrix queries, int[] which) {
    VectorMatrix some = VectorMatrix.allocate(which.length, queries.dimension());
    FloatBuffer to = some.buffer();
    float[] row = new float[queries.dimension()];
    for (int query : which) {
      queries.copyRow(query, row);
      to.put(row);
    }
    return some;
  }

  /** Frees the native memory this searcher took; the part stays with its owner. */
  @Override
  public void close() {
    searcher.close();
    passages.close();
  }
}
