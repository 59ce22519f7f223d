package dev.tandem.index.search;

/**
 * A score and a row in one {@code long} whose order is the score's: the score's bits, arranged so
 * that they compare as signed integers, above the row.
 */
final class ScoreKeys {

  private ScoreKeys() {}

  static long key(float score, int row) {
    return ((long) ordered(Float.floatToRawIntBits(score)) << 32) | row;
  }

  static float score(long key) {
    return Float.intBitsToFloat(ordered((int) (key >> 32)));
  }

  static int row(long key) {
    return (int) key;
  }

  /** Turns the magnitude of negative numbers around; undoes itself. */
  private static int ordered(int bits) {
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }

  /**
   * Moves the {@code k} largest of the first {@code count} keys to the front, the smallest of them
   * to index {@code k - 1}. Hoare's selection; keys differ, as their rows do.
   */
  static void selectLargest(long[] keys, int count, int k) {
    int low = 0;
    int high = count - 1;
    int target = k - 1;
    while (low < high) {
      long pivot = median(keys[low], keys[(low + high) >>> 1], keys[high]);
      int left = low;
      int right = high;
      while (left <= right) {
        while (keys[left] > pivot) {
          left++;
        }
        while (keys[right] < pivot) {
          right--;
        }
        if (left <= right) {
          long swap = keys[left];
          keys[left++] = keys[right];
          keys[right--] = swap;
        }
      }
      if (target <= right) {
        high = right;
      } else if (target >= left) {
        low = left;
      } else {
        return;
      }
    }
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
