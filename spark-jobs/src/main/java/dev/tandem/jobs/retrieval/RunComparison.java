package dev.tandem.jobs.retrieval;

import dev.tandem.index.measure.Evaluation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.stat.inference.TTest;

/**
 * Two runs over the same queries, compared by a two-sided paired t-test for each measure that has a
 * mean over queries.
 *
 * @param tests what the test found, by trec_eval's name of the measure
 */
public record RunComparison(Map<String, Test> tests) {

  /** The measures the table shows, of those computed. */
  private static final List<String> SHOWN =
      List.of("map", "ndcg_cut_10", "recip_rank", "recall_100", "recall_1000", "P_10");

  /**
   * A paired t-test.
   *
   * @param first mean of the first run
   * @param second mean of the second run
   * @param difference second minus first
   * @param p probability of a difference at least as large if the runs were equally good; 1 where
   *     no query differs
   * @param queries queries that both runs have results for
   */
  public record Test(double first, double second, double difference, double p, int queries) {}

  /**
   * Compares two evaluations over the queries that both have.
   *
   * @param first of the first run
   * @param second of the second run, with the same measures
   */
  public static RunComparison of(Evaluation first, Evaluation second) {
    List<String> common = new ArrayList<>(first.queryIds());
    common.retainAll(second.queryIds());
    Map<String, Test> tests = new LinkedHashMap<>();
    if (!common.isEmpty()) {
      for (String measure : first.query(common.get(0)).keySet()) {
        double[] a = values(first, measure, common);
        double[] b = values(second, measure, common);
        tests.put(measure, test(a, b));
      }
    }
    return new RunComparison(tests);
  }

  private static double[] values(Evaluation evaluation, String measure, List<String> queries) {
    Map<String, Double> perQuery = evaluation.perQuery(measure);
    return queries.stream().mapToDouble(perQuery::get).toArray();
  }

  private static Test test(double[] a, double[] b) {
    double meanA = mean(a);
    double meanB = mean(b);
    double p = a.length < 2 ? 1 : new TTest().pairedTTest(a, b);
    // No query differs, or all by exactly as much: the statistic has no value.
    if (Double.isNaN(p)) {
      p = meanA == meanB ? 1 : 0;
    }
    return new Test(meanA, meanB, meanB - meanA, p, a.length);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** The usual measures of both runs, differences and p values, as text. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-14s %8s %8s %11s %8s",
            "paired t-test",
            "run",
            "run2",
            "difference",
            "p"));
    for (String measure : SHOWN) {
      Test test = tests.get(measure);
      if (test != null) {
        text.append(System.lineSeparator());
        text.append(
            String.format(
                Locale.ROOT,
                "%-14s %8.4f %8.4f %+11.4f %8.4f",
                measure,
                test.first(),
                test.second(),
                test.difference(),
                test.p()));
      }
    }
    return text.toString();
  }
}
