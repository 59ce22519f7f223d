package dev.tandem.index.measure;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.Utf8Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Evaluates query by query, so that rankings need not be held together or turned into a run first.
 * Give each query once with {@link #add}, then call {@link #finish}. Not thread-safe.
 */
public final class Evaluator {

  private final Qrels qrels;
  private final MeasureSet measures;
  private final EvaluationOptions options;
  private final Map<String, Evaluation.QueryValues> perQuery = new TreeMap<>(Utf8Order.ASCENDING);

  /** An evaluator for these judgements. */
  public Evaluator(Qrels qrels, MeasureSet measures, EvaluationOptions options) {
    this.qrels = qrels;
    this.measures = measures;
    this.options = options;
  }

  /**
   * Takes one query's ranking. A query without judgements is passed over, as trec_eval does.
   *
   * @param passageAt the passage's id at each rank from 0; must be in trec_eval's order: score
   *     descending, equal scores by id in descending byte order, no passage twice
   * @param size how many were retrieved; a query with none counts as one without results
   * @throws IllegalArgumentException if the query was given before
   */
  public void add(String queryId, int size, IntFunction<String> passageAt) {
    Map<String, Integer> judgements = qrels.judgements(queryId);
    if (judgements.isEmpty() || size == 0) {
      return;
    }
    if (perQuery.containsKey(queryId)) {
      throw new IllegalArgumentException("query '" + queryId + "' was given twice");
    }
    perQuery.put(queryId, values(new JudgedRanking(passageAt, size, judgements, options)));
  }

  /**
   * The evaluation of all queries given.
   *
   * @param tag the run's tag
   * @throws IllegalArgumentException if none of the queries given was judged
   */
  public Evaluation finish(String tag) {
    int given = perQuery.size();
    if (given == 0) {
      throw new IllegalArgumentException(
          "none of the judged queries has results: do the query ids of run and qrels agree? The"
              + " qrels have "
              + qrels.queries().size()
              + " queries"
              + (qrels.queries().isEmpty()
                  ? ""
                  : ", the first is '" + qrels.queries().iterator().next() + "'"));
    }
    if (options.completeQueries()) {
      for (String query : qrels.queries()) {
        perQuery.computeIfAbsent(query, this::withoutResults);
      }
    }
    return new Evaluation(measures, tag, perQuery.size(), summary(), perQuery);
  }

  private Evaluation.QueryValues withoutResults(String query) {
    return values(new JudgedRanking(rank -> "", 0, qrels.judgements(query), options));
  }

  private Evaluation.QueryValues values(JudgedRanking ranking) {
    double[] values = new double[measures.valueNames().size()];
    List<String> texts = new ArrayList<>(1);
    int at = 0;
    for (Measure measure : measures.measures()) {
      measure.compute(ranking, values, at);
      if (measure.form() == Measure.Form.QUERY_TEXT) {
        texts.add(measure.text(ranking));
      }
      at += measure.valueNames().size();
    }
    return new Evaluation.QueryValues(values, List.copyOf(texts));
  }

  private double[] summary() {
    double[] sums = new double[measures.valueNames().size()];
    for (Evaluation.QueryValues query : perQuery.values()) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += query.values()[i];
      }
    }
    int at = 0;
    for (Measure measure : measures.measures()) {
      for (int end = at + measure.valueNames().size(); at < end; at++) {
        switch (measure.form()) {
          case MEAN -> sums[at] /= perQuery.size();
          case GEOMETRIC_MEAN -> sums[at] = Math.exp(sums[at] / perQuery.size());
          case COUNT, QUERIES, RUN_TAG, QUERY_TEXT -> {
            // A sum as it is, or no number.
          }
        }
        if (options.completeQueries() && measure.name().equals("num_rel")) {
          sums[at] = judgedAboveZero();
        }
      }
    }
    return sums;
  }

  /** With -c trec_eval counts num_rel from the qrels, every grade above 0 whatever -l says. */
  private double judgedAboveZero() {
    long count = 0;
    for (String query : qrels.queries()) {
      count += qrels.judgements(query).values().stream().filter(grade -> grade > 0).count();
    }
    return count;
  }
}
