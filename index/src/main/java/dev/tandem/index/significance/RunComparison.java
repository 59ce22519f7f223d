package dev.tandem.index.significance;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Two runs compared by one measure over the queries both have. Differences are second minus first.
 */
public final class RunComparison {

  private final String measure;
  private final int first;
  private final int second;
  private final PairedValues values;
  private final PairedTTest tTest;
  private final double randomizationP;
  private final double tTestHolm;
  private final double randomizationHolm;

  /** Where two runs of a family stand in its list and what is compared. */
  record Pair(String measure, int first, int second, PairedValues values) {}

  RunComparison(
      Pair pair,
      PairedTTest tTest,
      double tTestHolm,
      double randomizationP,
      double randomizationHolm) {
    this.measure = pair.measure();
    this.first = pair.first();
    this.second = pair.second();
    this.values = pair.values();
    this.tTest = tTest;
    this.tTestHolm = tTestHolm;
    this.randomizationP = randomizationP;
    this.randomizationHolm = randomizationHolm;
  }

  /** The measure's name. */
  public String measure() {
    return measure;
  }

  /** The first run's number in the list of runs compared, from 0. */
  public int first() {
    return first;
  }

  /** The second run's number in the list of runs compared. */
  public int second() {
    return second;
  }

  /** Number of queries in both runs, over which everything here is taken. */
  public int queries() {
    return values.queries().size();
  }

  /** The first run's mean over these queries. */
  public double firstMean() {
    return mean(values.first());
  }

  /** The second run's mean over these queries. */
  public double secondMean() {
    return mean(values.second());
  }

  /** The second run's mean less the first's. */
  public double difference() {
    return secondMean() - firstMean();
  }

  /** Queries for which the second run is better. */
  public int wins() {
    return count(1);
  }

  /** Queries for which both runs have the same value. */
  public int ties() {
    return count(0);
  }

  /** Queries for which the second run is worse. */
  public int losses() {
    return count(-1);
  }

  /** The paired t-test. */
  public PairedTTest tTest() {
    return tTest;
  }

  /** The t-test's p value corrected by Holm over the family. */
  public double tTestHolm() {
    return tTestHolm;
  }

  /** The randomization test's p value. */
  public double randomizationP() {
    return randomizationP;
  }

  /** The randomization test's p value corrected by Holm over the family. */
  public double randomizationHolm() {
    return randomizationHolm;
  }

  /**
   * One query's values.
   *
   * @param first in the first run
   * @param second in the second run
   */
  public record QueryPair(double first, double second) {
    /** Second minus first. */
    public double difference() {
      return second - first;
    }
  }

  /** The values of each query in both runs, by query id in ascending byte order. */
  public Map<String, QueryPair> perQuery() {
    Map<String, QueryPair> pairs = new LinkedHashMap<>();
    for (int i = 0; i < queries(); i++) {
      pairs.put(values.queries().get(i), new QueryPair(values.first()[i], values.second()[i]));
    }
    return pairs;
  }

  private int count(int sign) {
    int count = 0;
    for (double difference : values.differences()) {
      if (Math.signum(difference) == sign) {
        count++;
      }
    }
    return count;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
