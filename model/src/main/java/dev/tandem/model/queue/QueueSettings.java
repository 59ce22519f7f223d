package dev.tandem.model.queue;

import java.io.Serializable;

/**
 * What a negative queue keeps.
 *
 * <p>A queue of passages only pushes the queries of a batch away from far more passages than the
 * passages are pushed away from queries, while both are pulled together: the two sides learn out of
 * balance, and with a large queue and few pairs in a batch the model gets worse than without. A
 * queue of pairs gives each passage the past queries as negatives too. That is the dual memory bank
 * of Kim, Lee and Kang, A Gradient Accumulation Method for Dense Retriever under Memory Constraint
 * (NeurIPS 2024).
 *
 * @param capacity passages, each one place; 0 for no queue
 * @param pairs whether the queries that queued passages answer are kept with them
 */
public record QueueSettings(int capacity, boolean pairs) implements Serializable {

  /** No queue. */
  public static final QueueSettings NONE = new QueueSettings(0, false);

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if the capacity is negative
   */
  public QueueSettings {
    if (capacity < 0) {
      throw new IllegalArgumentException("capacity must not be negative, but is " + capacity);
    }
    pairs &= capacity > 0;
  }

  /** A queue of passages alone. */
  public static QueueSettings ofPassages(int capacity) {
    return new QueueSettings(capacity, false);
  }

  /** A queue of passages and the queries that they answer. */
  public static QueueSettings ofPairs(int capacity) {
    return new QueueSettings(capacity, true);
  }

  /** Whether there is a queue. */
  public boolean exists() {
    return capacity > 0;
  }
}
