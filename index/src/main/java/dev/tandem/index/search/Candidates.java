package dev.tandem.index.search;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The rows that may still be among one query's best {@code k}, by bounds on their scores.
 *
 * <p>Invariant: every row offered whose upper bound is at least the threshold is held. The
 * threshold only rises, and never above the k-th largest lower bound so far: k rows are then sure
 * to score at least that, and no row that is dropped can be among the best k. A threshold given
 * from outside is a guess and may lose rows, as one that is {@link #narrow expected} in the end:
 * {@link #complete} tells.
 *
 * <p>Rows are held in the order in which they were offered.
 */
final class Candidates {

  /** Rows that are offered between two looks at the room and the threshold. */
  private static final int CHUNK = 256;

  /** Rows that are looked at together. */
  private static final int STRETCH = 128;

  /** So many of a chunk pass that hardly a stretch is without any. */
  private static final int MANY = CHUNK / STRETCH;

  /** Rows expected beside the k best, as some scores lie below the middle of their bounds. */
  private static final int SPARE = 4;

  /** One row more for so many wanted. */
  private static final int SPARE_SHARE = 32;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();
  private static final int SIGN = 31;

  /** Rows whose passing or not one number tells. */
  private static final int WORD = Integer.SIZE;

  /** A bit of its own in each lane, the first lane's lowest. */
  private static final IntVector LANE_BITS = laneBits();

  private final KthLargest selection;
  private boolean many;
  private long[] keys;
  private int count;
  private int k;
  private float guess;
  private float threshold;
  private float least;
  private CoarseProducts products;
  private int query;
  private SearchRows rows;

  private static IntVector laneBits() {
    int[] bits = new int[LANES];
    Arrays.setAll(bits, lane -> 1 << lane);
    return IntVector.fromArray(INTS, bits, 0);
  }

  /**
   * @param capacity how many rows to have room for at first
   * @param selection may be shared by candidates of one thread
   */
  Candidates(int capacity, KthLargest selection) {
    this.keys = new long[Math.max(capacity, 2 * CHUNK) + CHUNK + 1];
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
    this.many = false;
    this.k = k;
    this.guess = guess;
    this.threshold = guess;
    this.least = guess;
    this.products = products;
    this.query = query;
    this.rows = rows;
  }

  /**
   * Offers upper bounds of the scores of successive rows.
   *
   * @param upper finite and not the negative zero, which would have a sign; as long as a multiple
   *     of {@value #CHUNK}, with anything behind {@code length}
   */
  void offer(float[] upper, int length, int firstRow) {
    for (int from = 0; from < length; from += CHUNK) {
      if (count + CHUNK >= keys.length) { // one place is written without being needed
        makeRoom();
      }
      int before = count;
      int to = Math.min(from + CHUNK, length);
      for (int i = from; i < to; i += STRETCH) {
        if (many || anyPasses(upper, i)) {
          hold(upper, i, Math.min(i + STRETCH, to), firstRow);
        }
      }
      many = count - before >= MANY;
    }
  }

  /** Whether a stretch has a bound that passes: one that is not less, so that no sign is set. */
  private boolean anyPasses(float[] upper, int from) {
    IntVector signs = IntVector.broadcast(INTS, -1);
    for (int i = from; i < from + STRETCH; i += LANES) {
      signs = signs.and(differences(upper, i));
    }
    return signs.reduceLanes(VectorOperators.AND) >= 0;
  }

  private IntVector differences(float[] upper, int at) {
    return FloatVector.fromArray(FLOATS, upper, at).sub(threshold).reinterpretAsInts();
  }

  /**
   * Holds what passes of a stretch. Whether none, one or two of a word do cannot be foreseen, so no
   * branch depends on it: two places are written in any case, and count where they should.
   */
  private void hold(float[] upper, int from, int to, int firstRow) {
    long[] held = keys;
    int end = count;
    for (int i = from; i < to; i += WORD) {
      int passing = passing(upper, i);
      if (to - i < WORD) {
        passing &= (1 << (to - i)) - 1;
      }
      held[end] = firstKey(passing, upper, i, firstRow);
      end += isAny(passing);
      passing &= passing - 1;
      held[end] = firstKey(passing, upper, i, firstRow);
      end += isAny(passing);
      passing &= passing - 1;
      while (passing != 0) {
        held[end++] = firstKey(passing, upper, i, firstRow);
        passing &= passing - 1;
      }
    }
    count = end;
  }

  /** The key of the first row that passes; of any where none does. */
  private static long firstKey(int passing, float[] upper, int from, int firstRow) {
    int at = from + (Integer.numberOfTrailingZeros(passing) & (WORD - 1));
    return ScoreKeys.key(upper[at], firstRow + at);
  }

  /** 1 where a bit is set, else 0. */
  private static int isAny(int bits) {
    return (bits | -bits) >>> SIGN;
  }

  /** A bit for each of {@link #WORD} bounds, the first one lowest, set where it passes. */
  private int passing(float[] upper, int from) {
    IntVector less = IntVector.zero(INTS);
    for (int i = from + WORD - LANES; i >= from; i -= LANES) {
      IntVector signs = differences(upper, i).lanewise(VectorOperators.ASHR, SIGN);
      less = less.lanewise(VectorOperators.LSHL, LANES).or(signs.and(LANE_BITS));
    }
    return ~less.reduceLanes(VectorOperators.OR);
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
   * Expects of the {@link #rows} to look at that they reach about the k-th best score. Upper bounds
   * lie above scores by a whole error, but scores lie in the middle for the most part, so that
   * middle tells the k-th best score far better than any bound.
   */
  void narrow() {
    int rank = k + SPARE + k / SPARE_SHARE;
    least = count > rank ? Math.max(guess, scoreAt(rank)) : guess;
  }

  /** Whether {@link #narrow} leaves some of the rows held out. */
  boolean narrowed() {
    return least > guess;
  }

  /**
   * Takes back what {@link #narrow} did, as far as needed.
   *
   * @param reached what k of the rows held score at least; negative infinity where that is unknown
   */
  void widen(float reached) {
    least = Math.max(guess, reached);
  }

  /**
   * Whether the {@link #rows} are sure to contain the exact best k of all rows offered.
   *
   * @param scored how many of them have an exact score of at least {@link #least}
   */
  boolean complete(int scored) {
    return scored >= k || least == Float.NEGATIVE_INFINITY;
  }

  /** Every row with an exact score of at least this is held, unless k rows score more. */
  float least() {
    return least;
  }

  int count() {
    return count;
  }

  /** The rows held whose bound is at least {@link #least}, ascending. */
  int[] rows() {
    int[] held = new int[count];
    int found = 0;
    for (int i = 0; i < count; i++) {
      held[found] = ScoreKeys.row(keys[i]);
      found += ScoreKeys.score(keys[i]) >= least ? 1 : 0;
    }
    return Arrays.copyOf(held, found);
  }
}
