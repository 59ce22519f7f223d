package dev.tandem.jobs.evaluation;

import dev.tandem.index.significance.RunComparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The comparisons between runs as text. */
public final class ComparisonTable {
  private static final String HEADER = "%-14s %8s %8s %10s  %5s %5s %6s  %8s %8s  %8s %8s";
  private static final String ROW = "%-14s %8.4f %8.4f %+10.4f  %5d %5d %6d  %8s %8s  %8s %8s";

  private ComparisonTable() {}

  /** A block for each pair of runs, a line a measure. */
  public static String of(EvaluatedRuns runs) {
    List<String> lines = new ArrayList<>();
    List<RunComparison> comparisons = runs.family().comparisons();
    if (comparisons.isEmpty()) {
      return "No comparison: none of the measures asked for is an average over queries.";
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "Paired tests, both two-sided: t-test and randomization test (%d permutations, seed"
                + " %d); Holm's correction over all %d comparisons made.",
            runs.randomization().permutations(),
            runs.randomization().seed(),
            comparisons.size()));
    for (int i = 0; i < comparisons.size(); i++) {
      RunComparison comparison = comparisons.get(i);
      if (i % runs.measures().size() == 0) {
        lines.add("");
        lines.add(title(runs, comparison));
        lines.add(
            String.format(
                Locale.ROOT,
                HEADER,
                "measure",
                "first",
                "second",
                "difference",
                "wins",
                "ties",
                "losses",
                "t-test",
                "Holm",
                "random",
                "Holm"));
      }
      lines.add(row(comparison));
    }
    return String.join(System.lineSeparator(), lines);
  }

  private static String title(EvaluatedRuns runs, RunComparison comparison) {
    int unpaired = runs.unpaired(comparison);
    return "first "
        + runs.first(comparison)
        + ", second "
        + runs.second(comparison)
        + ": "
        + comparison.queries()
        + " queries paired"
        + (unpaired == 0
            ? ""
            : ", "
                + unpaired
                + " judged without results in one or both left out (-c counts them as zero)");
  }

  private static String row(RunComparison comparison) {
    return String.format(
        Locale.ROOT,
        ROW,
        comparison.measure(),
        comparison.firstMean(),
        comparison.secondMean(),
        comparison.difference(),
        comparison.wins(),
        comparison.ties(),
        comparison.losses(),
        p(comparison.tTest().p()),
        p(comparison.tTestHolm()),
        p(comparison.randomizationP()),
        p(comparison.randomizationHolm()));
  }

  private static String p(double p) {
    return p < 0.00005 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", p);
  }

  /** Each query's difference, second run minus first, a line each in trec_eval's columns. */
  public static String differences(EvaluatedRuns runs) {
    List<String> lines = new ArrayList<>();
    int last = -1;
    for (RunComparison comparison : runs.family().comparisons()) {
      int pair = comparison.first() * runs.labels().size() + comparison.second();
      if (pair != last) {
        lines.add(runs.second(comparison) + " minus " + runs.first(comparison));
        last = pair;
      }
      comparison
          .perQuery()
          .forEach(
              (query, values) ->
                  lines.add(
                      String.format(
                          Locale.ROOT,
                          "%-22s\t%s\t%+.4f",
                          comparison.measure(),
                          query,
                          values.difference())));
    }
    return String.join(System.lineSeparator(), lines);
  }
}
