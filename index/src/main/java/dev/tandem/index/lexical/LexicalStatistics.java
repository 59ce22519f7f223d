package dev.tandem.index.lexical;

import java.io.Serializable;
import java.util.TreeMap;

/**
 * What BM25 has to know of the whole collection: its size, its length, and in how many passages
 * each term of the queries is. Statistics of shards add up to those of the collection.
 *
 * @param passages passages with at least one term
 * @param occurrences terms in all passages, repetitions counted: the collection's length
 * @param postings different terms of each passage, summed over passages
 * @param terms what is known of the queries' terms that occur
 */
public record LexicalStatistics(
    long passages, long occurrences, long postings, TreeMap<String, TermCounts> terms)
    implements Serializable {

  /** Those of no passage. */
  public static final LexicalStatistics NONE = new LexicalStatistics(0, 0, 0, new TreeMap<>());

  /**
   * How often a term occurs.
   *
   * @param passages passages it is in
   * @param occurrences in all passages, repetitions counted
   */
  public record TermCounts(long passages, long occurrences) implements Serializable {
    TermCounts plus(TermCounts other) {
      return new TermCounts(passages + other.passages, occurrences + other.occurrences);
    }
  }

  /** The statistics of both collections together. */
  public LexicalStatistics plus(LexicalStatistics other) {
    TreeMap<String, TermCounts> sum = new TreeMap<>(terms);
    other.terms.forEach((term, counts) -> sum.merge(term, counts, TermCounts::plus));
    return new LexicalStatistics(
        passages + other.passages, occurrences + other.occurrences, postings + other.postings, sum);
  }
}
