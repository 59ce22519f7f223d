package dev.tandem.jobs.bench;

import dev.tandem.index.vector.VectorMatrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Vectors of unit length around common centres: like embeddings of texts, some are near a query and
 * most are not.
 */
final class ClusteredVectors {
  private static final int CENTRES = 500;
  private static final int ROWS_A_WRITE = 4096;

  private ClusteredVectors() {}

  /**
   * Makes vectors; the caller closes them.
   *
   * @param seed of the centres
   * @param stream which of several sets around the same centres
   */
  static VectorMatrix make(int count, int dimension, long seed, int stream) {
    float[][] centres = new float[CENTRES][dimension];
    Random random = new Random(seed);
    for (float[] centre : centres) {
      for (int i = 0; i < dimension; i++) {
        centre[i] = (float) random.nextGaussian();
      }
    }
    Random own = new Random(seed + 31L * (stream + 1));
    VectorMatrix vectors = VectorMatrix.allocate(count, dimension);
    FloatBuffer buffer = vectors.buffer();
    float[] row = new float[dimension];
    for (int n = 0; n < count; n++) {
      float[] centre = centres[own.nextInt(CENTRES)];
      double square = 0;
      for (int i = 0; i < dimension; i++) {
        row[i] = centre[i] + (float) own.nextGaussian();
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

  /** Writes vectors as raw little-endian floats. */
  static void write(VectorMatrix vectors, Path file) throws IOException {
    int dimension = vectors.dimension();
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * ROWS_A_WRITE * dimension).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer source = vectors.buffer();
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (source.hasRemaining()) {
        int floats = Math.min(source.remaining(), ROWS_A_WRITE * dimension);
        FloatBuffer part = source.duplicate().limit(source.position() + floats);
        bytes.clear();
        bytes.asFloatBuffer().put(part);
        bytes.limit(Float.BYTES * floats);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        source.position(source.position() + floats);
      }
    }
  }
}
