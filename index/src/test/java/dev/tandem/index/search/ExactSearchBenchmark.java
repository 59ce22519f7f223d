package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Exact search on one thread, whole and its products alone: a block of queries over 120,000 vectors
 * of unit length, made of a few directions with weights that fall off, as embeddings are. Run with
 * JMH, as docs/performance.md says.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ExactSearchBenchmark {
  private static final int ROWS = 120_000;
  private static final int DIMENSION = 384;
  private static final int DIRECTIONS = 100;
  private static final float REST = 0.02f;

  /** What is multiplied. */
  @Param({"INT8", "FLOAT32"})
  public SearchCompute compute;

  /** Queries searched together. */
  @Param({"1", "256", "512"})
  public int queryCount;

  /** Hits of each. */
  @Param({"10", "1000"})
  public int depth;

  private VectorMatrix vectors;
  private VectorMatrix queries;
  private ExactSearcher searcher;
  private SearchRows rows;
  private CoarseProducts products;

  /** Makes the vectors, and the searcher with its rounded ones. */
  @Setup(Level.Trial)
  public void prepare() {
    float[][] directions = new float[DIRECTIONS][DIMENSION];
    Random random = new Random(1);
    for (int d = 0; d < DIRECTIONS; d++) {
      for (int i = 0; i < DIMENSION; i++) {
        directions[d][i] = (float) (random.nextGaussian() / Math.sqrt(1 + d));
      }
    }
    vectors = vectors(ROWS, directions, random);
    queries = vectors(queryCount, directions, random);
    PassageIds.Builder ids = new PassageIds.Builder();
    for (int i = 0; i < ROWS; i++) {
      ids.add("p" + i);
    }
    PassageIds passages = ids.build();
    searcher = new ExactSearcher(vectors, passages, compute);
    rows = new SearchRows(vectors, passages, compute);
    products = rows.rounded() != null ? new Int8Products(queries) : new Float32Products(queries);
    products.queries(0, queryCount);
  }

  private static VectorMatrix vectors(int count, float[][] directions, Random random) {
    VectorMatrix vectors = VectorMatrix.allocate(count, DIMENSION);
    float[] row = new float[DIMENSION];
    for (int n = 0; n < count; n++) {
      for (int i = 0; i < DIMENSION; i++) {
        row[i] = REST * (float) random.nextGaussian();
      }
      for (float[] direction : directions) {
        float weight = (float) random.nextGaussian();
        for (int i = 0; i < DIMENSION; i++) {
          row[i] += weight * direction[i];
        }
      }
      float scale = (float) (1 / ExactScore.norm(row, DIMENSION));
      for (int i = 0; i < DIMENSION; i++) {
        row[i] *= scale;
      }
      vectors.buffer().position(n * DIMENSION).put(row);
    }
    return vectors;
  }

  /** The whole search. */
  @Benchmark
  public PartHits search() {
    return searcher.search(queries, depth);
  }

  /** Its matrix products, whatever the depth. */
  @Benchmark
  public void products() {
    for (int from = 0; from < ROWS; from += CoarseProducts.ROWS) {
      products.multiply(rows, from, Math.min(CoarseProducts.ROWS, ROWS - from));
    }
  }

  /** Frees the native memory. */
  @TearDown(Level.Trial)
  public void close() {
    products.close();
    rows.close();
    searcher.close();
    vectors.close();
    queries.close();
  }
}
