package dev.tandem.index.search;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The rows that may still be among one query's best {@code k}, by bounds on their scores.
 *
 * <p>Invariant: every row offered whose upper bound is at least the threshold is held. The
 * threshold only rises, and never above the k-th largest lower bound so far: k rows are then sure
 * to score at least that, and no row that is dropped can be among the best k. A threshold given
 * from outside is a guess and may lose rows: {@link #complete} tells.
 *
 * <p>Rows are held in the order in which they were offered.
 */
final class Candidates {

  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int STRIPE = SPECIES.length();

  private final KthLargest selection;
  private long[] keys;
  private int count;
  private int k;
  private float guess;
  private float threshold;
  private CoarseProducts products;
  private int query;
  private SearchRows rows;

  /**
   * @param capacity how many rows to have room for at first
   * @param selection may be shared by candidates of one thread
   */
  Candidates(int capacity, KthLargest selection) {
    this.keys = new long[capacity + STRIPE];
    this.selection = selection;
  }

  /**
   * Empties the list for another query.
   *
   * @param k how many rows are wanted
   * @param guess rows with a lower upper bound are not held; negative infinity holds all
   * @param products whose bounds are offered
   * @param query which query of these products
   * @param rows what will be offered
   */
  void reset(int k, float guess, CoarseProducts products, int query, SearchRows rows) {
    this.count = 0;
    this.k = k;
    this.guess = guess;
    this.threshold = guess;
    this.products = products;
    this.query = query;
    this.rows = rows;
  }

  /** Offers upper bounds of the scores of successive rows. */
  void offer(float[] upper, int length, int firstRow) {
    int i = 0;
    int stripes = length - length % STRIPE;
    for (; i < stripes; i += STRIPE) {
      FloatVector bounds = FloatVector.fromArray(SPECIES, upper, i);
      if (bounds.compare(VectorOperators.GE, threshold).anyTrue()) {
        take(upper, i, i + STRIPE, firstRow);
      }
    }
    if (i < length) {
      take(upper, i, length, firstRow);
    }
  }

  private void take(float[] upper, int from, int to, int firstRow) {
    if (count + STRIPE > keys.length) {
      makeRoom();
    }
    float least = threshold;
    long[] held = keys;
    int next = count;
    for (int i = from; i < to; i++) {
      // Written always and kept where it belongs: a branch would be mispredicted.
      held[next] = ScoreKeys.key(upper[i], firstRow + i);
      next += upper[i] >= least ? 1 : 0;
    }
    count = next;
  }

  private void makeRoom() {
    tighten();
    if (count > keys.length / 2) {
      // Many bounds lie around the threshold: all of these rows must be looked at exactly.
      keys = Arrays.copyOf(keys, (int) Math.min(Integer.MAX_VALUE - 8, 2L * keys.length));
    }
  }

  /** Raises the threshold as far as the rows held allow, and drops what falls below. */
  private void tighten() {
    if (count < k) {
      return;
    }
    float raised = boundAt(k, 2);
    if (raised > threshold) {
      threshold = raised;
      int kept = 0;
      for (int i = 0; i < count; i++) {
        keys[kept] = keys[i];
        kept += ScoreKeys.score(keys[i]) >= raised ? 1 : 0;
      }
      count = kept;
    }
  }

  /** About the score that {@code rank} of the rows held reach, rank from 1 to their number. */
  float scoreAt(int rank) {
    return boundAt(rank, 1);
  }

  /** What the upper bounds less so many errors reach for at least {@code rank} rows. */
  private float boundAt(int rank, int errors) {
    float[] bounds = selection.room(count);
    for (int i = 0; i < count; i++) {
      double error = products.error(query, rows, ScoreKeys.row(keys[i]));
      bounds[i] = Math.nextDown((float) (ScoreKeys.score(keys[i]) - errors * error));
    }
    return selection.atMost(rank, count);
  }

  /** How many of the rows held have an upper bound of at least this. */
  int reaching(float score) {
    int reaching = 0;
    for (int i = 0; i < count; i++) {
      reaching += ScoreKeys.score(keys[i]) >= score ? 1 : 0;
    }
    return reaching;
  }

  /**
   * Whether the rows held are sure to contain the exact best k of all rows offered; reset without a
   * guess where not.
   *
   * @param scored how many of them have an exact score of at least the {@link #guess}
   */
  boolean complete(int scored) {
    return scored >= k || guess == Float.NEGATIVE_INFINITY;
  }

  /** Every row with an exact score of at least this is held, unless k rows score more. */
  float guess() {
    return guess;
  }

  int count() {
    return count;
  }

  /** The rows held, ascending. */
  int[] rows() {
    int[] held = new int[count];
    for (int i = 0; i < count; i++) {
      held[i] = ScoreKeys.row(keys[i]);
    }
    return held;
  }
}
