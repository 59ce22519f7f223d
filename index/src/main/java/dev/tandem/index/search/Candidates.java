package dev.tandem.index.search;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The rows that may still be among one query's best {@code k}, by approximate scores.
 *
 * <p>Invariant: every row offered whose approximate score is at least the threshold is held. The
 * threshold only rises, and never above (k-th best approximate score so far) minus the slack; as
 * the slack is twice the error an approximate score can have, no row of the exact best k is lost
 * that way. A threshold given from outside is a guess and may lose rows: {@link #complete} tells.
 */
final class Candidates {

  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int STRIPE = 2 * SPECIES.length();

  private final int k;
  private long[] keys;
  private int count;
  private float guess;
  private float threshold;
  private float slack;

  /**
   * @param k how many are wanted
   * @param rows how many rows may be offered at most
   */
  Candidates(int k, int rows) {
    this.k = k;
    this.keys = new long[(int) Math.min(rows + (long) STRIPE, Math.max(4L * k, 2048))];
  }

  /**
   * Empties the list for another query.
   *
   * @param guess rows with a lower approximate score are not held; negative infinity holds all
   * @param slack twice the largest error of an approximate score
   */
  void reset(float guess, float slack) {
    this.count = 0;
    this.guess = guess;
    this.threshold = guess;
    this.slack = slack;
  }

  /** Offers approximate scores of successive rows. */
  void offer(float[] scores, int length, int firstRow) {
    int i = 0;
    int stripes = length - length % STRIPE;
    for (; i < stripes; i += STRIPE) {
      FloatVector best =
          FloatVector.fromArray(SPECIES, scores, i)
              .max(FloatVector.fromArray(SPECIES, scores, i + SPECIES.length()));
      if (best.compare(VectorOperators.GE, threshold).anyTrue()) {
        take(scores, i, i + STRIPE, firstRow);
      }
    }
    if (i < length) {
      take(scores, i, length, firstRow);
    }
  }

  private void take(float[] scores, int from, int to, int firstRow) {
    if (count + STRIPE > keys.length) {
      makeRoom();
    }
    float least = threshold;
    for (int i = from; i < to; i++) {
      float score = scores[i];
      if (score >= least) {
        keys[count++] = ScoreKeys.key(score, firstRow + i);
      }
    }
  }

  private void makeRoom() {
    tighten();
    if (count > keys.length / 2) {
      // Many scores lie within the slack of the k-th: all of them must be looked at exactly.
      keys = Arrays.copyOf(keys, (int) Math.min(Integer.MAX_VALUE - 8, 2L * keys.length));
    }
  }

  /** Raises the threshold as far as the rows held allow, and drops what falls below. */
  private void tighten() {
    if (count < k) {
      return;
    }
    ScoreKeys.selectLargest(keys, count, k);
    float raised = Math.nextDown(ScoreKeys.score(keys[k - 1]) - slack);
    if (raised > threshold) {
      threshold = raised;
    }
    int kept = k;
    for (int i = k; i < count; i++) {
      if (ScoreKeys.score(keys[i]) >= threshold) {
        keys[kept++] = keys[i];
      }
    }
    count = kept;
  }

  /**
   * Whether the rows held are sure to contain the exact best k of all rows offered; call after the
   * last offer, and reset without a guess where not.
   */
  boolean complete() {
    if (guess == Float.NEGATIVE_INFINITY) {
      tighten();
      return true;
    }
    if (count < k) {
      return false;
    }
    tighten();
    return Math.nextDown(ScoreKeys.score(keys[k - 1]) - slack) >= guess;
  }

  /** The score that {@code rank} of the rows held reach, rank from 1 to the number offered. */
  float scoreAt(int rank) {
    ScoreKeys.selectLargest(keys, count, rank);
    return ScoreKeys.score(keys[rank - 1]);
  }

  int count() {
    return count;
  }

  /** The rows held, in no order. */
  int[] rows() {
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = ScoreKeys.row(keys[i]);
    }
    return rows;
  }
}
