package dev.tandem.index.lexical;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.TreeMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * A query as a bag of words: its terms after analysis and how often it has each. A query without
 * any term, of stop words only say, finds nothing.
 *
 * @param terms term to number of occurrences
 */
public record LexicalQuery(TreeMap<String, Integer> terms) implements Serializable {

  private static final String FIELD = "text";

  /** Analyzes a query's text as passages are analyzed. */
  public static LexicalQuery parse(String text) {
    TreeMap<String, Integer> terms = new TreeMap<>();
    try (Analyzer analyzer = analyzer();
        TokenStream tokens = analyzer.tokenStream(FIELD, text)) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      while (tokens.incrementToken()) {
        terms.merge(term.toString(), 1, Integer::sum);
      }
      tokens.end();
    } catch (IOException e) {
      throw new UncheckedIOException("analyzing a string does not read files", e);
    }
    return new LexicalQuery(terms);
  }

  /**
   * What turns texts into terms: words as Unicode divides them, in lower case, without possessives
   * and Lucene's English stop words, stemmed by Porter's rules. The same as Anserini's.
   */
  static Analyzer analyzer() {
    return new EnglishAnalyzer();
  }
}
