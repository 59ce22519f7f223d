package dev.tandem.index.search;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Exact inner-product search: for each query the {@code k} passages with the highest scores, equal
 * scores by passage id in descending byte order.
 *
 * <p>How it works. Queries times passages is computed in blocks by matrix products that are fast
 * and not exact ({@link CoarseProducts}): of vectors rounded to eight-bit integers where the CPU
 * multiplies those fast, else of the vectors in single precision. Each comes with a proven bound on
 * its error, and they only choose candidates: rows whose score may, by these bounds, be among the
 * best. Those of the candidates that can be expected among the best are scored again by {@link
 * ExactScore#score}, more of them where that proves not to be enough, and those scores order the
 * result and are returned. So the result is that of brute force with that score, bit for bit,
 * however the collection is split and whatever was multiplied.
 *
 * <p>Most rows are never looked at one by one: a threshold that slightly more than k passages pass
 * is guessed from a sample of the collection, and a stretch of bounds below it is passed over
 * ({@link Candidates}). A query for which the guess turns out too high is searched again without
 * one. Where the sample shows that the bounds of rounded vectors would let too many rows pass, as
 * when all scores are nearly the same, the float32 products are taken from there on.
 *
 * <p>Memory beside the vectors: a quarter of theirs for the rounded vectors, a thirty-second for
 * the sample, and for each searching thread some 40 MB at depth 1000. At any depth candidates have
 * room for 32 MB, or for six times the depth of one query where that is more; about twice as much
 * again is taken while they are scored. Only where the bounds cannot tell many rows apart does a
 * query have more.
 *
 * <p>Safe for use from several threads at once; the part must stay open while it is searched.
 * Native memory taken is freed by {@link #close}.
 */
public final class ExactSearcher implements AutoCloseable {

  /**
   * The longest query, and the largest product of a query's and a passage's length. Bounds on
   * scores stay below 5 times that product, so they are finite: those of rounded vectors reach 4.4
   * times it at {@link Int8Gemm#LONGEST} components.
   */
  private static final float LARGEST_SCORE = Float.MAX_VALUE / 8;

  private final VectorMatrix vectors;
  private final PassageIds ids;
  private final SearchRows rows;
  private final VectorMatrix sampled;
  private final SearchRows sample;

  /**
   * A searcher over a part, which it does not own.
   *
   * @throws IllegalArgumentException as {@link #ExactSearcher(VectorMatrix, PassageIds)}
   */
  public ExactSearcher(LoadedPart part) {
    this(part.vectors(), part.ids());
  }

  /** As {@link #ExactSearcher(VectorMatrix, PassageIds, SearchCompute)}, with {@code AUTO}. */
  public ExactSearcher(VectorMatrix vectors, PassageIds ids) {
    this(vectors, ids, SearchCompute.AUTO);
  }

  /**
   * A searcher over vectors, which it does not own.
   *
   * @param ids the passage's id for each vector; ties are ordered by them
   * @param compute what to multiply; results are the same
   * @throws IllegalArgumentException if numbers of vectors and ids differ, or a vector is not
   *     finite
   */
  public ExactSearcher(VectorMatrix vectors, PassageIds ids, SearchCompute compute) {
    if (vectors.rows() != ids.size()) {
      throw new IllegalArgumentException(
          vectors.rows() + " vectors but " + ids.size() + " passage ids");
    }
    this.vectors = vectors;
    this.ids = ids;
    this.rows = new SearchRows(vectors, ids, compute);
    this.sampled = ScoreSample.rows(vectors);
    this.sample = new SearchRows(sampled, ids, compute);
  }

  /**
   * Searches on the calling thread.
   *
   * @param queries one a row; none is allowed
   * @param k how many passages to find for each query; fewer are found where there are fewer
   * @throws IllegalArgumentException if k is not positive, the dimensions differ, a query is not
   *     finite or longer than an eighth of the largest float, or scores could exceed that
   */
  public PartHits search(VectorMatrix queries, int k) {
    boolean int8 = check(queries, k);
    InnerProducts.singleThreaded();
    try (BlockSearch search = newSearch(queries, k, int8)) {
      HitCollector hits = new HitCollector(queries.rows(), Math.min(k, vectors.rows()));
      int block = BlockSearch.queriesAtOnce(k, vectors.rows());
      for (int from = 0; from < queries.rows(); from += block) {
        search.run(from, Math.min(block, queries.rows() - from), hits);
      }
      return hits.build();
    }
  }

  /**
   * Searches with several threads, each taking blocks of queries; the result is the same.
   *
   * @param threads at least 1
   * @throws IllegalArgumentException as {@link #search(VectorMatrix, int)}
   */
  public PartHits search(VectorMatrix queries, int k, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive, got " + threads);
    }
    if (threads == 1 || queries.rows() < 2) {
      return search(queries, k);
    }
    boolean int8 = check(queries, k);
    int block =
        Math.min(
            BlockSearch.queriesAtOnce(k, vectors.rows()), (queries.rows() + threads - 1) / threads);
    int workers = Math.min(threads, (queries.rows() + block - 1) / block);
    HitCollector hits = new HitCollector(queries.rows(), Math.min(k, vectors.rows()));
    ExecutorService pool =
        Executors.newFixedThreadPool(
            workers,
            task -> {
              Thread thread = new Thread(task, "exact-search");
              thread.setDaemon(true);
              return thread;
            });
    InnerProducts.singleThreaded();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        int first = w * block;
        running.add(
            pool.submit(
                () -> {
                  try (BlockSearch search = newSearch(queries, k, int8)) {
                    for (int from = first; from < queries.rows(); from += workers * block) {
                      search.run(from, Math.min(block, queries.rows() - from), hits);
                    }
                  }
                }));
      }
      for (Future<?> worker : running) {
        worker.get();
      }
      return hits.build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while searching", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
      awaitWorkers(pool);
    }
  }

  /** Workers use native memory that the caller may free once this search has returned. */
  private static void awaitWorkers(ExecutorService pool) {
    boolean interrupted = false;
    while (true) {
      try {
        if (pool.awaitTermination(1, TimeUnit.SECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private BlockSearch newSearch(VectorMatrix queries, int k, boolean int8) {
    return new BlockSearch(rows, ids, sample, queries, k, int8);
  }

  /** Whether rounded products can be used, too. */
  private boolean check(VectorMatrix queries, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be positive, got " + k);
    }
    if (queries.dimension() != vectors.dimension()) {
      throw new IllegalArgumentException(
          "queries have "
              + queries.dimension()
              + " components, passages "
              + vectors.dimension()
              + ": were both encoded by the same model?");
    }
    double largestNorm = rows.largestNorm();
    double longest = 0;
    float[] row = new float[queries.dimension()];
    for (int i = 0; i < queries.rows(); i++) {
      queries.copyRow(i, row);
      double norm = ExactScore.norm(row, row.length);
      if (!Double.isFinite(norm)) {
        throw new IllegalArgumentException(
            "query " + i + " has a component that is NaN or infinite");
      }
      if (norm > LARGEST_SCORE) {
        throw new IllegalArgumentException(
            "query "
                + i
                + " has length "
                + norm
                + ", more than "
                + LARGEST_SCORE
                + ": scale it down");
      }
      // No partial sum can then overflow either, by the inequality of Cauchy and Schwarz.
      if (norm * largestNorm > LARGEST_SCORE) {
        throw new IllegalArgumentException(
            "query "
                + i
                + " has length "
                + norm
                + " and a passage "
                + largestNorm
                + ": their score could exceed what a float can hold; scale the vectors down");
      }
      longest = Math.max(longest, norm);
    }
    return rows.rounded() != null && longest <= SearchRows.LARGEST_FOR_INT8;
  }

  /** Frees the native memory this searcher took; the vectors stay with their owner. */
  @Override
  public void close() {
    rows.close();
    sample.close();
    sampled.close();
  }
}
