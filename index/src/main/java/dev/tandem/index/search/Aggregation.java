package dev.tandem.index.search;

import java.util.Locale;

/** How the scores of a passage's vectors become the passage's score. */
public enum Aggregation {
  /** The best of them. */
  MAX,

  /**
   * All of them added up, which is the inner product with the sum of the vectors. That sum is taken
   * in double precision and rounded to float once; its exact score is the passage's.
   */
  SUM;

  /**
   * The aggregation of a name.
   *
   * @param key {@code max} or {@code sum}
   * @throws IllegalArgumentException if it is neither
   */
  public static Aggregation of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }

  /** Its name in configurations. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
