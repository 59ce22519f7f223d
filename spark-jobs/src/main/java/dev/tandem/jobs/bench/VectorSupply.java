package dev.tandem.jobs.bench;

import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import org.apache.hadoop.fs.Path;

/** Where the vectors come from that benchmarks search. */
interface VectorSupply extends AutoCloseable {

  /** Components of a vector where there are no real ones to go by. */
  int DIMENSION = 384;

  /** Base vectors taken at most: more would not make the mixtures other ones. */
  int MOST_BASE_VECTORS = 50_000;

  /**
   * Makes vectors of unit length; the caller closes them. The same arguments give the same vectors.
   *
   * @param stream which of several sets of the same kind
   */
  VectorMatrix make(int count, int stream);

  /** Components of a vector. */
  int dimension();

  /** What kind of vectors they are, to end a sentence with. */
  String describe();

  @Override
  void close();

  /**
   * Mixtures of the vectors in {@code bench.vectors}, or made-up clusters where it is not set.
   *
   * @throws TandemException of kind ARTIFACT where there are no such shards, or they are empty
   * @throws IOException where they cannot be read
   */
  static VectorSupply of(BenchmarkContext context) throws IOException {
    long seed = context.config().seed();
    String vectors = context.bench().vectors();
    if (vectors == null) {
      return clusters(seed);
    }
    VectorShards shards = VectorShards.open(context.hadoop(), new Path(vectors));
    if (shards.count() == 0) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "bench.vectors = " + vectors + " has no vectors to mix others from: name other shards.");
    }
    return new MixedVectors(shards.first(context.hadoop(), MOST_BASE_VECTORS), seed, vectors);
  }

  private static VectorSupply clusters(long seed) {
    return new VectorSupply() {
      @Override
      public VectorMatrix make(int count, int stream) {
        return ClusteredVectors.make(count, DIMENSION, seed, stream);
      }

      @Override
      public int dimension() {
        return DIMENSION;
      }

      @Override
      public String describe() {
        return "made-up vectors of unit length in clusters";
      }

      @Override
      public void close() {
        // Holds nothing.
      }
    };
  }
}
