package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.VectorRangeException;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.failure.TandemException;
import java.io.Serializable;
import java.util.List;

/**
 * Embeddings of some texts, in the order they were given.
 *
 * @param ids ids of the texts
 * @param vectors row-major [ids.length, dimension]
 * @param dimension elements of a vector
 */
public record VectorBlock(String[] ids, float[] vectors, int dimension) implements Serializable {

  public VectorBlock {
    if ((long) ids.length * dimension != vectors.length) {
      throw new IllegalArgumentException(
          ids.length
              + " vectors of "
              + dimension
              + " elements have not "
              + vectors.length
              + " elements");
    }
  }

  /**
   * The vectors of several blocks, one after the other.
   *
   * @param dimension elements of a vector, of all blocks
   */
  static VectorBlock concatenate(List<VectorBlock> blocks, int dimension) {
    if (blocks.size() == 1) {
      return blocks.get(0);
    }
    int size = blocks.stream().mapToInt(VectorBlock::size).sum();
    String[] ids = new String[size];
    float[] vectors = new float[Math.multiplyExact(size, dimension)];
    int next = 0;
    for (VectorBlock block : blocks) {
      System.arraycopy(block.ids, 0, ids, next, block.size());
      System.arraycopy(block.vectors, 0, vectors, next * dimension, block.vectors.length);
      next += block.size();
    }
    return new VectorBlock(ids, vectors, dimension);
  }

  /** The vectors as they are after writing and reading with a storage. */
  VectorBlock stored(VectorStorage storage) {
    float[] rounded = vectors.clone();
    try {
      storage.round(rounded, dimension);
    } catch (VectorRangeException e) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "encode.storage=" + storage + " does not fit this model: " + e.getMessage(),
          e);
    }
    return new VectorBlock(ids, rounded, dimension);
  }

  /** Number of vectors. */
  public int size() {
    return ids.length;
  }
}
