package dev.tandem.index.significance;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Fisher's randomization test, two-sided, on the mean difference of two runs, as Smucker, Allan and
 * Carterette (CIKM 2007) recommend for retrieval: if the runs were equally good, each query's
 * values could as well be swapped, which turns the sign of its difference. The p value is the share
 * of random sign assignments with a mean at least as far from 0 as the observed one, that one
 * counted among them: {@code (count + 1) / (permutations + 1)}, never 0 (Phipson and Smyth 2010).
 *
 * <p>The same differences, permutations and seed give the same p value on every machine.
 *
 * @param permutations random sign assignments to draw, at least 1
 * @param seed of the random numbers; every test starts from it anew, so that no result depends on
 *     what else is tested
 */
public record RandomizationTest(int permutations, long seed) {

  /**
   * Sums of the same numbers in another order differ by rounding; two that differ by less than this
   * share of the sum of absolute values are equal.
   */
  private static final double ROUNDING = 1e-12;

  /** Checks the components. */
  public RandomizationTest {
    if (permutations < 1) {
      throw new IllegalArgumentException("permutations must be at least 1, got " + permutations);
    }
  }

  /**
   * The p value.
   *
   * @param differences one a query
   */
  public double p(double[] differences) {
    // A difference of 0 stays 0 whatever its sign.
    double[] nonZero = Arrays.stream(differences).filter(d -> d != 0).toArray();
    double total = 0;
    double absolute = 0;
    for (double difference : nonZero) {
      total += difference;
      absolute += Math.abs(difference);
    }
    double least = Math.abs(total) - ROUNDING * absolute;
    SplittableRandom random = new SplittableRandom(seed);
    int extreme = 0;
    for (int i = 0; i < permutations; i++) {
      if (Math.abs(total - 2 * sumOfRandomHalf(nonZero, random)) >= least) {
        extreme++;
      }
    }
    return (extreme + 1.0) / (permutations + 1.0);
  }

  /** The sum of those differences whose sign turns, each with probability one half. */
  private static double sumOfRandomHalf(double[] differences, SplittableRandom random) {
    double sum = 0;
    long bits = 0;
    for (int i = 0; i < differences.length; i++) {
      if ((i & (Long.SIZE - 1)) == 0) {
        bits = random.nextLong();
      }
      // The lowest bit decides, without a branch that could not be predicted.
      sum += differences[i] * (bits & 1);
      bits >>>= 1;
    }
    return sum;
  }
}
