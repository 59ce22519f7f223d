package dev.tandem.index.vector;

import java.nio.FloatBuffer;
import java.util.BitSet;

/**
 * A part in memory: vectors and, row for row, the ids of their passages. Closing it frees the
 * vectors; the ids stay.
 *
 * @param vectors owned by this part
 * @param ids as many as there are vectors
 */
public record LoadedPart(VectorMatrix vectors, PassageIds ids) implements AutoCloseable {

  /** Checks that there is an id for each vector. */
  public LoadedPart {
    if (vectors.rows() != ids.size()) {
      throw new IllegalArgumentException(
          vectors.rows() + " vectors but " + ids.size() + " passage ids");
    }
  }

  /**
   * A part of its own without some of the rows; this one stays as it is.
   *
   * @param dropped rows to leave out
   */
  public LoadedPart without(BitSet dropped) {
    int kept = ids.size() - dropped.cardinality();
    VectorMatrix rest = VectorMatrix.allocate(kept, vectors.dimension());
    FloatBuffer from = vectors.buffer();
    FloatBuffer to = rest.buffer();
    float[] vector = new float[vectors.dimension()];
    PassageIds.Builder restIds = new PassageIds.Builder();
    for (int row = 0; row < ids.size(); row++) {
      from.get(vector);
      if (!dropped.get(row)) {
        to.put(vector);
        restIds.add(ids, row);
      }
    }
    return new LoadedPart(rest, restIds.build());
  }

  @Override
  public void close() {
    vectors.close();
  }
}
