package dev.tandem.index.search;

import java.util.Arrays;

/**
 * Finds about the k-th largest of some numbers, in a few passes that no branch depends on: what a
 * threshold needs, many times as fast as sorting or exact selection. Used by one thread.
 */
final class KthLargest {

  private static final int BUCKETS = 512;
  private static final int PASSES = 6;

  private final int[] counts = new int[BUCKETS];
  private float[] values = new float[1024];

  /** Room for so many numbers, to be filled from the beginning; what was in it may be lost. */
  float[] room(int count) {
    if (values.length < count) {
      values = new float[Math.max(count, (int) Math.min(Integer.MAX_VALUE - 8, 2L * count))];
    }
    return values;
  }

  /**
   * One of the first {@code count} numbers in the {@link #room}: at most the k-th largest, and not
   * many ranks below it where the numbers are spread.
   *
   * @param k from 1 to count
   */
  float atMost(int k, int count) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    int above = 0;
    for (int pass = 0; pass < PASSES && low < high; pass++) {
      // In double, as the difference of two floats may be too large for a float.
      double scale = BUCKETS / ((double) high - low);
      Arrays.fill(counts, 0);
      for (int i = 0; i < count; i++) {
        if (values[i] >= low && values[i] <= high) {
          counts[bucket(values[i], low, scale)]++;
        }
      }
      int bucket = BUCKETS - 1;
      while (above + counts[bucket] < k) {
        above += counts[bucket--];
      }
      float least = high;
      float most = low;
      for (int i = 0; i < count; i++) {
        float value = values[i];
        if (value >= low && value <= high && bucket(value, low, scale) == bucket) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
      low = least;
      high = most;
      if (counts[bucket] <= 1 + k / 32) {
        break;
      }
    }
    return low;
  }

  private static int bucket(float value, float low, double scale) {
    return Math.min(BUCKETS - 1, (int) (((double) value - low) * scale));
  }
}
