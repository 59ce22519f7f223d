package dev.tandem.index.significance;

import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/**
 * The outcome of a two-sided paired t-test (Student 1908) on the differences of two runs.
 *
 * @param t the statistic; infinite where all queries differ by exactly as much, 0 where none does
 * @param degreesOfFreedom the number of queries less one
 * @param p the probability of a mean difference at least as large if the runs were equally good; 1
 *     where no query differs or there is one query only
 * @param low lower end of the 95 % confidence interval of the mean difference; NaN for one query
 * @param high upper end of it
 */
public record PairedTTest(double t, int degreesOfFreedom, double p, double low, double high) {

  private static final double CONFIDENCE = 0.95;

  /**
   * Tests whether the mean of the differences is 0.
   *
   * @param differences one a query, at least one
   */
  public static PairedTTest of(double[] differences) {
    int n = differences.length;
    if (n == 0) {
      throw new IllegalArgumentException("a paired t-test needs at least one query in both runs");
    }
    double mean = StatUtils.mean(differences);
    if (n == 1) {
      return new PairedTTest(mean == 0 ? 0 : Double.NaN, 0, 1, Double.NaN, Double.NaN);
    }
    double error = Math.sqrt(StatUtils.variance(differences) / n);
    if (error == 0) {
      double t = mean == 0 ? 0 : Math.copySign(Double.POSITIVE_INFINITY, mean);
      return new PairedTTest(t, n - 1, mean == 0 ? 1 : 0, mean, mean);
    }
    TDistribution distribution = new TDistribution(null, n - 1);
    double t = mean / error;
    double reach = distribution.inverseCumulativeProbability((1 + CONFIDENCE) / 2) * error;
    double p = Math.min(1, 2 * distribution.cumulativeProbability(-Math.abs(t)));
    return new PairedTTest(t, n - 1, p, mean - reach, mean + reach);
  }
}
