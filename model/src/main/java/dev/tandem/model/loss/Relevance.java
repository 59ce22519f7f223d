package dev.tandem.model.loss;

/** What a candidate passage is to a query, as coded in a relevance matrix. */
public final class Relevance {
  /** The candidate answers the query. */
  public static final float POSITIVE = 1f;

  /** The candidate is a negative of the query. */
  public static final float NEGATIVE = 0f;

  /**
   * The candidate takes no part in the query's loss: another known positive of the query, or an
   * empty place of the queue.
   */
  public static final float MASKED = -1f;

  private Relevance() {}
}
