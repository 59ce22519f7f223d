package dev.tandem.index.search;

import java.util.Arrays;

/**
 * Sorts {@link ScoreKeys keys} by their scores, in three passes over eleven bits each: for the
 * hundreds of keys that a query leaves, several times as fast as comparing them, as no branch
 * depends on their order. Used by one thread.
 */
final class KeySort {

  private static final int BITS = 11;
  private static final int BUCKETS = 1 << BITS;
  private static final int MASK = BUCKETS - 1;
  private static final int PASSES = 3;

  /** Fewer are compared. */
  private static final int FEW = 128;

  private final int[] starts = new int[PASSES * BUCKETS];
  private long[] other = new long[0];

  /** Sorts the first {@code count} keys ascending; those of equal scores come in any order. */
  void ascending(long[] keys, int count) {
    if (count < FEW) {
      Arrays.sort(keys, 0, count);
      return;
    }
    if (other.length < count) {
      other = new long[Math.max(count, 2 * other.length)];
    }
    count(keys, count);
    long[] from = keys;
    long[] to = other;
    for (int pass = 0; pass < PASSES; pass++) {
      move(from, to, count, pass);
      long[] swapped = from;
      from = to;
      to = swapped;
    }
    System.arraycopy(from, 0, keys, 0, count);
  }

  private void count(long[] keys, int count) {
    Arrays.fill(starts, 0);
    for (int i = 0; i < count; i++) {
      for (int pass = 0; pass < PASSES; pass++) {
        starts[pass * BUCKETS + digit(keys[i], pass)]++;
      }
    }
    for (int pass = 0; pass < PASSES; pass++) {
      int start = 0;
      for (int bucket = pass * BUCKETS; bucket < (pass + 1) * BUCKETS; bucket++) {
        int size = starts[bucket];
        starts[bucket] = start;
        start += size;
      }
    }
  }

  private void move(long[] from, long[] to, int count, int pass) {
    for (int i = 0; i < count; i++) {
      to[starts[pass * BUCKETS + digit(from[i], pass)]++] = from[i];
    }
  }

  /** Eleven of the score's bits, the sign turned around so that they order as unsigned ones. */
  private static int digit(long key, int pass) {
    return ((int) (key >> 32) ^ Integer.MIN_VALUE) >>> (pass * BITS) & MASK;
  }
}
