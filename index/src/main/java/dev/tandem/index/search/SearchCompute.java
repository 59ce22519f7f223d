package dev.tandem.index.search;

/**
 * The numbers that exact search multiplies to find candidates. What it finds is the same with all
 * of them, to the bit; speed and memory differ.
 */
public enum SearchCompute {
  /** {@link #INT8} where the CPU multiplies eight-bit integers fast, else {@link #FLOAT32}. */
  AUTO,

  /** The vectors as they are. */
  FLOAT32,

  /**
   * The vectors rounded to eight-bit integers: several times as fast on CPUs with AVX512_VNNI. The
   * rounded vectors take a quarter of the memory of the vectors beside them. {@link #FLOAT32} on
   * other CPUs.
   */
  INT8;

  /** Whether products of integers are wanted and to be had. */
  boolean int8() {
    return this != FLOAT32 && OneDnn.int8();
  }
}
