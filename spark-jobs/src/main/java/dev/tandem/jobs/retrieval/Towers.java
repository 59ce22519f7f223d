package dev.tandem.jobs.retrieval;

/**
 * The two encoders of a dual encoder; one and the same object where the towers are shared.
 *
 * @param query encodes queries
 * @param passage encodes passages
 */
public record Towers(Tower query, Tower passage) {

  public Towers {
    if (query.dimension() != passage.dimension()) {
      throw new IllegalArgumentException(
          "the query tower has "
              + query.dimension()
              + " dimensions and the passage tower "
              + passage.dimension()
              + "; their embeddings cannot be compared");
    }
  }

  /** One encoder for both. */
  public static Towers shared(Tower tower) {
    return new Towers(tower, tower);
  }
}
