package dev.tandem.jobs.evaluation;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.significance.PairedTTest;
import dev.tandem.index.significance.PairedValues;
import dev.tandem.index.significance.RunComparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The comparisons between runs as members of {@code evaluate}'s JSON object. */
public final class ComparisonJson {

  private ComparisonJson() {}

  /**
   * The first two runs by every measure there is, under the measures' names. The measures compared
   * have every test; the others, of which nobody asked anything, the t-test's p value only, since
   * they are not in what Holm's correction is over.
   */
  public static Map<String, Object> tests(EvaluatedRuns runs) {
    Map<String, Object> tests = new LinkedHashMap<>();
    Evaluation first = runs.evaluations().get(0);
    Evaluation second = runs.evaluations().get(1);
    String anyQuery = first.queryIds().iterator().next();
    for (String measure : first.query(anyQuery).keySet()) {
      PairedValues values = PairedValues.of(first, second, measure);
      if (!values.queries().isEmpty()) {
        tests.put(measure, tTestOnly(values));
      }
    }
    for (RunComparison comparison : runs.family().comparisons()) {
      if (comparison.first() == 0 && comparison.second() == 1) {
        tests.put(comparison.measure(), test(comparison));
      }
    }
    return tests;
  }

  private static Map<String, Object> tTestOnly(PairedValues values) {
    double first = Arrays.stream(values.first()).average().orElseThrow();
    double second = Arrays.stream(values.second()).average().orElseThrow();
    Map<String, Object> test = new LinkedHashMap<>();
    test.put("first", first);
    test.put("second", second);
    test.put("difference", second - first);
    test.put("p", PairedTTest.of(values.differences()).p());
    test.put("queries", values.queries().size());
    return test;
  }

  private static Map<String, Object> test(RunComparison comparison) {
    PairedTTest tTest = comparison.tTest();
    Map<String, Object> test = new LinkedHashMap<>();
    test.put("first", comparison.firstMean());
    test.put("second", comparison.secondMean());
    test.put("difference", comparison.difference());
    test.put("p", tTest.p());
    test.put("queries", comparison.queries());
    test.put("p-holm", comparison.tTestHolm());
    test.put("randomization-p", comparison.randomizationP());
    test.put("randomization-p-holm", comparison.randomizationHolm());
    test.put("t", finiteOrNull(tTest.t()));
    test.put("degrees-of-freedom", tTest.degreesOfFreedom());
    List<Double> interval = new ArrayList<>();
    interval.add(finiteOrNull(tTest.low()));
    interval.add(finiteOrNull(tTest.high()));
    test.put("interval-95", interval);
    test.put("wins", comparison.wins());
    test.put("ties", comparison.ties());
    test.put("losses", comparison.losses());
    return test;
  }

  /** JSON has no infinity and no NaN. */
  private static Double finiteOrNull(double value) {
    return Double.isFinite(value) ? Double.valueOf(value) : null;
  }

  /**
   * Every comparison made, with the runs' labels, the measure and all tests.
   *
   * @param differences whether each query's difference is among it
   */
  public static List<Map<String, Object>> comparisons(EvaluatedRuns runs, boolean differences) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (RunComparison comparison : runs.family().comparisons()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("run", runs.first(comparison));
      one.put("run2", runs.second(comparison));
      one.put("measure", comparison.measure());
      one.putAll(test(comparison));
      one.put("unpaired", runs.unpaired(comparison));
      if (differences) {
        Map<String, Double> ofQueries = new LinkedHashMap<>();
        comparison.perQuery().forEach((query, pair) -> ofQueries.put(query, pair.difference()));
        one.put("differences", ofQueries);
      }
      all.add(one);
    }
    return all;
  }

  /** How the tests were made: measures, permutations, seed, what Holm's correction is over. */
  public static Map<String, Object> family(EvaluatedRuns runs) {
    Map<String, Object> family = new LinkedHashMap<>();
    family.put("measures", runs.measures());
    family.put("comparisons", runs.family().comparisons().size());
    family.put("permutations", runs.randomization().permutations());
    family.put("seed", runs.randomization().seed());
    return family;
  }

  /** Each run with its file, its label in the comparisons, and its measures over all queries. */
  public static List<Map<String, Object>> runs(EvaluatedRuns runs, List<String> files) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Evaluation evaluation = runs.evaluations().get(i);
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("run", runs.labels().get(i));
      one.put("file", files.get(i));
      one.put("measures", evaluation.summary());
      one.put("queries", evaluation.queries());
      all.add(one);
    }
    return all;
  }
}
