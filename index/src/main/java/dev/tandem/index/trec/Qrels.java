package dev.tandem.index.trec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Relevance judgements: query id, passage id, grade. Immutable.
 *
 * <p>Queries iterate in ascending byte order of their ids, the order in which trec_eval visits
 * them. A negative grade means "in the pool but not judged", as trec_eval's inferred measures use
 * it. A query without any judgement is not in the qrels.
 */
public final class Qrels {

  private final Map<String, Map<String, Integer>> gradesByQuery;
  private final long judgements;

  private Qrels(Map<String, Map<String, Integer>> gradesByQuery, long judgements) {
    this.gradesByQuery = gradesByQuery;
    this.judgements = judgements;
  }

  /**
   * Copies judgements held as query id to passage id to grade.
   *
   * @throws IllegalArgumentException if a query id or passage id is empty
   */
  public static Qrels of(Map<String, ? extends Map<String, Integer>> gradesByQuery) {
    Builder builder = new Builder();
    gradesByQuery.forEach(
        (query, grades) -> grades.forEach((passage, grade) -> builder.add(query, passage, grade)));
    return builder.build();
  }

  /** A builder, empty. */
  public static Builder builder() {
    return new Builder();
  }

  /** The ids of all judged queries in ascending byte order. */
  public Set<String> queries() {
    return gradesByQuery.keySet();
  }

  /** Passage id to grade of one query, in the order they were added; empty for an unknown query. */
  public Map<String, Integer> judgements(String query) {
    return gradesByQuery.getOrDefault(query, Map.of());
  }

  /** Number of judgements over all queries. */
  public long size() {
    return judgements;
  }

  /** Collects judgements. Not thread-safe. */
  public static final class Builder {

    private final Map<String, Map<String, Integer>> grades = new TreeMap<>(Utf8Order.ASCENDING);
    private long count;

    private Builder() {}

    /**
     * Adds one judgement.
     *
     * @return false, with nothing changed, where this passage was judged for this query already
     * @throws IllegalArgumentException if an id is empty
     */
    public boolean add(String query, String passage, int grade) {
      if (query.isEmpty() || passage.isEmpty()) {
        throw new IllegalArgumentException(
            "a judgement needs a query id and a passage id, got '"
                + query
                + "', '"
                + passage
                + "'");
      }
      boolean added =
          grades.computeIfAbsent(query, unused -> new LinkedHashMap<>()).putIfAbsent(passage, grade)
              == null;
      if (added) {
        count++;
      }
      return added;
    }

    /** The judgements so far; later additions do not show in the result. */
    public Qrels build() {
      Map<String, Map<String, Integer>> copy = new TreeMap<>(Utf8Order.ASCENDING);
      grades.forEach(
          (query, ofQuery) ->
              copy.put(query, Collections.unmodifiableMap(new LinkedHashMap<>(ofQuery))));
      return new Qrels(Collections.unmodifiableMap(copy), count);
    }
  }
}
