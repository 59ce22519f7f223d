package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.Aggregation;
import dev.tandem.index.vector.VectorStorage;

/**
 * How passages are encoded and retrieved to be measured.
 *
 * @param depth passages retrieved a query
 * @param encode how texts become vectors
 * @param aggregation how the scores of a passage's windows become the passage's
 * @param tag name of the run
 */
public record ValidationSettings(
    int depth, EncodeSettings encode, Aggregation aggregation, String tag) {
  /** Checks the components. */
  public ValidationSettings {
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be at least 1, got " + depth);
    }
  }

  /** One vector a passage, as the encoder yields it. */
  public ValidationSettings(int depth, int batchSize, String tag) {
    this(depth, new EncodeSettings(batchSize, VectorStorage.FLOAT32, null), Aggregation.MAX, tag);
  }

  /** Texts the encoder takes at once. */
  int batchSize() {
    return encode.batchSize();
  }
}
