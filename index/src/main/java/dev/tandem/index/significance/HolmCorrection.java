package dev.tandem.index.significance;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Holm's step-down correction (1979) for making several tests: adjusted p values which, compared
 * with a level, keep the probability of even one false finding among all below it, whatever the
 * tests' dependence.
 */
final class HolmCorrection {

  private HolmCorrection() {}

  /**
   * The adjusted p values, in the order given.
   *
   * @param p values between 0 and 1, of all tests made
   */
  static double[] adjust(double[] p) {
    int[] ascending =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] adjusted = new double[p.length];
    double largest = 0;
    for (int i = 0; i < ascending.length; i++) {
      largest = Math.max(largest, Math.min(1, (p.length - i) * p[ascending[i]]));
      adjusted[ascending[i]] = largest;
    }
    return adjusted;
  }
}
