package dev.tandem.index.significance;

import dev.tandem.index.measure.Evaluation;
import java.util.ArrayList;
import java.util.List;

/**
 * All comparisons made at once, which is what Holm's correction is over: every pair of runs by
 * every measure asked for.
 *
 * @param comparisons pair by pair, in each the measures in the order asked for
 */
public record ComparisonFamily(List<RunComparison> comparisons) {

  /** Copies the list. */
  public ComparisonFamily {
    comparisons = List.copyOf(comparisons);
  }

  /**
   * Compares every pair of runs.
   *
   * @param runs the evaluations, two or more, of the same qrels with the same measures
   * @param measures names of values that exist for single queries
   * @param randomization how the randomization test draws
   * @throws IllegalArgumentException if two runs have no judged query in common, or a measure is
   *     not there for single queries
   */
  public static ComparisonFamily of(
      List<Evaluation> runs, List<String> measures, RandomizationTest randomization) {
    List<RunComparison.Pair> pairs = new ArrayList<>();
    for (int first = 0; first < runs.size(); first++) {
      for (int second = first + 1; second < runs.size(); second++) {
        for (String measure : measures) {
          PairedValues values = PairedValues.of(runs.get(first), runs.get(second), measure);
          if (values.queries().isEmpty()) {
            throw new IllegalArgumentException(
                "runs "
                    + (first + 1)
                    + " ('"
                    + runs.get(first).tag()
                    + "') and "
                    + (second + 1)
                    + " ('"
                    + runs.get(second).tag()
                    + "') have no judged query in common, so that there is nothing to compare;"
                    + " with -c a query without results counts as zero");
          }
          pairs.add(new RunComparison.Pair(measure, first, second, values));
        }
      }
    }
    return tested(pairs, randomization);
  }

  private static ComparisonFamily tested(
      List<RunComparison.Pair> pairs, RandomizationTest randomization) {
    List<PairedTTest> tTests = new ArrayList<>();
    double[] t = new double[pairs.size()];
    double[] random = new double[pairs.size()];
    for (int i = 0; i < t.length; i++) {
      double[] differences = pairs.get(i).values().differences();
      tTests.add(PairedTTest.of(differences));
      t[i] = tTests.get(i).p();
      random[i] = randomization.p(differences);
    }
    double[] tHolm = HolmCorrection.adjust(t);
    double[] randomHolm = HolmCorrection.adjust(random);
    List<RunComparison> comparisons = new ArrayList<>();
    for (int i = 0; i < t.length; i++) {
      comparisons.add(
          new RunComparison(pairs.get(i), tTests.get(i), tHolm[i], random[i], randomHolm[i]));
    }
    return new ComparisonFamily(comparisons);
  }
}
