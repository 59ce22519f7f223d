package dev.tandem.index.lexical;

import java.io.Serializable;

/**
 * The two parameters of BM25 (Robertson et al. 1994), in Lucene's form of it, which leaves the
 * constant factor k1 + 1 out.
 *
 * @param k1 how fast a term's repetitions stop counting; 0 makes every repetition worthless
 * @param b how far scores are divided by the passage's length: 0 not at all, 1 fully
 */
public record Bm25(float k1, float b) implements Serializable {

  /**
   * Anserini's values, 0.9 and 0.4, with which BM25's figures on MS MARCO and BEIR are published;
   * Lucene's own are 1.2 and 0.75.
   */
  public static final Bm25 DEFAULT = new Bm25(0.9f, 0.4f);

  /** Checks the components. */
  public Bm25 {
    if (!(k1 >= 0) || Float.isInfinite(k1)) {
      throw new IllegalArgumentException("k1 must be a number from 0, got " + k1);
    }
    if (!(b >= 0 && b <= 1)) {
      throw new IllegalArgumentException("b must lie between 0 and 1, got " + b);
    }
  }
}
