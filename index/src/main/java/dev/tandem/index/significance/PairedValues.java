package dev.tandem.index.significance;

import dev.tandem.index.measure.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The values of one measure in two runs, query by query. Immutable by convention: the arrays are
 * shared, not copied.
 *
 * @param queries the queries' ids in ascending byte order
 * @param first the first run's value of each query
 * @param second the second run's value of each query
 */
public record PairedValues(List<String> queries, double[] first, double[] second) {

  /** Checks the components. */
  public PairedValues {
    if (first.length != queries.size() || second.length != queries.size()) {
      throw new IllegalArgumentException(
          queries.size() + " queries, " + first.length + " and " + second.length + " values");
    }
    queries = List.copyOf(queries);
  }

  /**
   * Pairs the queries that both runs were evaluated for: all judged ones where the evaluations
   * count missing results as zero, else those with results in both.
   */
  public static PairedValues of(Evaluation first, Evaluation second, String measure) {
    Map<String, Double> a = first.perQuery(measure);
    Map<String, Double> b = second.perQuery(measure);
    List<String> common = new ArrayList<>(first.queryIds());
    common.retainAll(second.queryIds());
    return new PairedValues(
        common,
        common.stream().mapToDouble(a::get).toArray(),
        common.stream().mapToDouble(b::get).toArray());
  }

  /** Second minus first, of each query. */
  public double[] differences() {
    double[] differences = new double[first.length];
    for (int i = 0; i < first.length; i++) {
      differences[i] = second[i] - first[i];
    }
    return differences;
  }
}
