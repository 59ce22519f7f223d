package dev.tandem.jobs.retrieval;

/**
 * How a model is validated.
 *
 * @param depth passages retrieved a query
 * @param batchSize texts the encoder takes at once
 * @param tag name of the run
 */
public record ValidationSettings(int depth, int batchSize, String tag) {
  public ValidationSettings {
    if (depth < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "depth and batchSize must be at least 1, got " + depth + " and " + batchSize);
    }
  }
}
