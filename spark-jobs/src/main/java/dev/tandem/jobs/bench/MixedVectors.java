package dev.tandem.jobs.bench;

import dev.tandem.index.vector.VectorMatrix;
import java.nio.FloatBuffer;
import java.util.Random;

/**
 * As many vectors as are wanted, like given ones: each is a weighted mean of two of them with a
 * little noise, scaled to unit length. They keep the directions in which real embeddings differ,
 * which decide how well a graph finds its way; vectors made up from independent components do not
 * have any.
 */
final class MixedVectors implements VectorSupply {
  /** Standard deviation of the noise in a component of a vector that has unit length. */
  private static final double NOISE = 0.01;

  private final VectorMatrix base;
  private final long seed;
  private final String source;

  /**
   * @param base at least one vector; closed with this
   * @param seed of the choices
   * @param source where they are from, for people
   */
  MixedVectors(VectorMatrix base, long seed, String source) {
    this.base = base;
    this.seed = seed;
    this.source = source;
  }

  @Override
  public VectorMatrix make(int count, int stream) {
    int dimension = base.dimension();
    Random random = new Random(seed + 31L * (stream + 1));
    VectorMatrix vectors = VectorMatrix.allocate(count, dimension);
    FloatBuffer buffer = vectors.buffer();
    float[] row = new float[dimension];
    float[] other = new float[dimension];
    for (int n = 0; n < count; n++) {
      base.copyRow(random.nextInt(base.rows()), row);
      base.copyRow(random.nextInt(base.rows()), other);
      float weight = (1 + random.nextFloat()) / 2;
      double square = 0;
      for (int i = 0; i < dimension; i++) {
        row[i] =
            weight * row[i] + (1 - weight) * other[i] + (float) (NOISE * random.nextGaussian());
        square += (double) row[i] * row[i];
      }
      float scale = (float) (1 / Math.sqrt(square));
      for (int i = 0; i < dimension; i++) {
        row[i] *= scale;
      }
      buffer.put(row);
    }
    return vectors;
  }

  @Override
  public int dimension() {
    return base.dimension();
  }

  @Override
  public String describe() {
    return "vectors mixed in pairs, with a little noise, from " + base.rows() + " of " + source;
  }

  @Override
  public void close() {
    base.close();
  }
}
