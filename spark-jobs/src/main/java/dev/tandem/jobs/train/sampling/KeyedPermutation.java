package dev.tandem.jobs.train.sampling;

import java.io.Serializable;

/**
 * A pseudo-random permutation of {@code [0, size)} that is computed for one element at a time, so
 * that every task of a cluster can shuffle its part of a data set without seeing the rest.
 *
 * <p>A Feistel network of four rounds permutes the smallest power of four that holds {@code size};
 * results outside {@code [0, size)} go through it again until they fall inside (cycle walking),
 * fewer than four times on average. Equal size and key give the same permutation on every machine.
 */
public final class KeyedPermutation implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int ROUNDS = 4;

  private final long size;
  private final int halfBits;
  private final long halfMask;
  private final long[] roundKeys = new long[ROUNDS];

  /**
   * The permutation of a key.
   *
   * @param size number of elements, positive
   * @param key any number
   */
  public KeyedPermutation(long size, long key) {
    if (size <= 0 || size > 1L << 60) {
      throw new IllegalArgumentException("size must be in [1, 2^60], but is " + size);
    }
    this.size = size;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(size - 1));
    this.halfBits = (bits + 1) / 2;
    this.halfMask = (1L << halfBits) - 1;
    for (int i = 0; i < ROUNDS; i++) {
      roundKeys[i] = mix(key + (i + 1) * 0x9E3779B97F4A7C15L);
    }
  }

  /**
   * The place of an element.
   *
   * @param element in [0, size)
   * @return its place, in [0, size)
   * @throws IllegalArgumentException if the element is out of range
   */
  public long apply(long element) {
    if (element < 0 || element >= size) {
      throw new IllegalArgumentException(
          "element must be in [0, %d), but is %d".formatted(size, element));
    }
    long value = element;
    do {
      value = feistel(value);
    } while (value >= size);
    return value;
  }

  private long feistel(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (long roundKey : roundKeys) {
      long next = left ^ (mix(right ^ roundKey) & halfMask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection of longs. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
