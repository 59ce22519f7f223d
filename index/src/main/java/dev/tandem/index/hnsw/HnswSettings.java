package dev.tandem.index.hnsw;

import java.io.Serializable;

/**
 * How a graph is built.
 *
 * @param maxConnections neighbours a node keeps on the upper levels, twice as many on the lowest;
 *     more cost memory and time, and raise recall
 * @param efConstruction candidates looked at when a node finds its neighbours
 * @param seed of the nodes' levels
 * @param encoding what inner products are computed from while building and searching
 */
public record HnswSettings(int maxConnections, int efConstruction, long seed, Encoding encoding)
    implements Serializable {

  /** What inner products are computed from. */
  public enum Encoding {
    /** The vectors as they are. */
    FLOAT32,
    /** Components rounded to eight bits with one scale a vector; a quarter of the memory. */
    INT8
  }

  /** Checks the components. */
  public HnswSettings {
    if (maxConnections < 2 || maxConnections > 512) {
      throw new IllegalArgumentException(
          "maxConnections must be from 2 to 512, got " + maxConnections);
    }
    if (efConstruction < 1 || efConstruction > 3200) {
      throw new IllegalArgumentException(
          "efConstruction must be from 1 to 3200, got " + efConstruction);
    }
  }
}
