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
}
