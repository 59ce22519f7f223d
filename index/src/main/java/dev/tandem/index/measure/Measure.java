package dev.tandem.index.measure;

import java.util.List;

/**
 * A measure of trec_eval or a family of them with one name and several cutoffs. Implementations are
 * immutable.
 */
public interface Measure {

  /** How a measure's values become the line for all queries, and how they are printed. */
  enum Form {
    /** Mean over queries, four decimals. */
    MEAN(true, true),
    /** Sum over queries, printed as an integer. */
    COUNT(true, true),
    /** Number of queries, printed as an integer, for all queries only. */
    QUERIES(false, true),
    /** Geometric mean of values handed over as logarithms, for all queries only. */
    GEOMETRIC_MEAN(false, true),
    /** The run's tag, for all queries only. */
    RUN_TAG(false, true),
    /** A text for each query only. */
    QUERY_TEXT(true, false);

    private final boolean forQuery;
    private final boolean forAll;

    Form(boolean forQuery, boolean forAll) {
      this.forQuery = forQuery;
      this.forAll = forAll;
    }

    /** Whether there is a line for each query. */
    boolean forQuery() {
      return forQuery;
    }

    /** Whether there is a line for all queries. */
    boolean forAll() {
      return forAll;
    }

    /** Whether the value is a number. */
    boolean numeric() {
      return this != RUN_TAG && this != QUERY_TEXT;
    }
  }

  /** trec_eval's name without cutoffs or parameters, such as {@code ndcg_cut}. */
  String name();

  /** The names under which the values are printed, such as {@code ndcg_cut_10}, in order. */
  List<String> valueNames();

  /** How values are averaged and printed. */
  default Form form() {
    return Form.MEAN;
  }

  /**
   * Computes the values for one query.
   *
   * @param ranking the query's judged ranking
   * @param values receives one value for each of {@link #valueNames()}, from {@code at} on
   */
  void compute(JudgedRanking ranking, double[] values, int at);

  /** The text for one query, of a measure whose form is {@link Form#QUERY_TEXT}. */
  default String text(JudgedRanking ranking) {
    throw new UnsupportedOperationException(name() + " has numbers, not a text");
  }
}
