package dev.tandem.index.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an evaluation found: the values over all queries and those of each query, by trec_eval's
 * names in its order. Immutable.
 */
public final class Evaluation {

  private final MeasureSet measures;
  private final String tag;
  private final int queries;
  private final double[] summary;
  private final Map<String, QueryValues> perQuery;

  record QueryValues(double[] values, List<String> texts) {}

  Evaluation(
      MeasureSet measures,
      String tag,
      int queries,
      double[] summary,
      Map<String, QueryValues> perQuery) {
    this.measures = measures;
    this.tag = tag;
    this.queries = queries;
    this.summary = summary;
    this.perQuery = Collections.unmodifiableMap(new LinkedHashMap<>(perQuery));
  }

  /** Every value over all queries; texts such as {@code runid} are not among them. */
  public Map<String, Double> summary() {
    return named(summary, true);
  }

  /**
   * One value over all queries.
   *
   * @throws IllegalArgumentException if it was not computed
   */
  public double value(String valueName) {
    Double value = summary().get(valueName);
    if (value == null) {
      throw new IllegalArgumentException(
          "'" + valueName + "' was not computed; there are " + summary().keySet());
    }
    return value;
  }

  /** Number of queries averaged over. */
  public int queries() {
    return queries;
  }

  /** The ids of the evaluated queries in ascending byte order. */
  public Set<String> queryIds() {
    return perQuery.keySet();
  }

  /**
   * Every value of one query that exists for single queries.
   *
   * @throws IllegalArgumentException if the query was not evaluated
   */
  public Map<String, Double> query(String queryId) {
    return named(queryValues(queryId).values(), false);
  }

  /**
   * One measure's value for each query, for paired tests and the like.
   *
   * @throws IllegalArgumentException if there is no such value for single queries
   */
  public Map<String, Double> perQuery(String valueName) {
    int at = measures.valueNames().indexOf(valueName);
    if (at < 0) {
      throw new IllegalArgumentException(
          "'" + valueName + "' was not computed; there are " + measures.valueNames());
    }
    Map<String, Double> values = new LinkedHashMap<>();
    perQuery.forEach((query, all) -> values.put(query, all.values()[at]));
    return values;
  }

  /** The names of the values that exist for single queries and are averaged over them, in order. */
  public List<String> averagedNames() {
    List<String> names = new ArrayList<>();
    for (Measure measure : measures.measures()) {
      if (measure.form() == Measure.Form.MEAN) {
        names.addAll(measure.valueNames());
      }
    }
    return List.copyOf(names);
  }

  /** The run's tag. */
  public String tag() {
    return tag;
  }

  MeasureSet measures() {
    return measures;
  }

  double[] summaryValues() {
    return summary;
  }

  QueryValues queryValues(String queryId) {
    QueryValues values = perQuery.get(queryId);
    if (values == null) {
      throw new IllegalArgumentException("query '" + queryId + "' was not evaluated");
    }
    return values;
  }

  private Map<String, Double> named(double[] values, boolean all) {
    Map<String, Double> named = new LinkedHashMap<>();
    int at = 0;
    for (Measure measure : measures.measures()) {
      Measure.Form form = measure.form();
      for (String name : measure.valueNames()) {
        if (form.numeric() && (all ? form.forAll() : form.forQuery())) {
          named.put(name, values[at]);
        }
        at++;
      }
    }
    return named;
  }
}
