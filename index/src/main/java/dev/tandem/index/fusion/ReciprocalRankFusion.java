package dev.tandem.index.fusion;

import dev.tandem.index.trec.RankedPassage;
import java.util.List;

/**
 * Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): a passage's score is the sum
 * over the lists that have it of {@code 1 / (k + rank)}, ranks from 1. It takes ranks only, so that
 * it does not matter what the lists' scores mean.
 */
public final class ReciprocalRankFusion extends Fusion {

  /** The paper's k. */
  public static final int PAPER_K = 60;

  private final int k;

  /**
   * Fuses with a given k.
   *
   * @param k the larger, the less the first ranks stand out; 0 or more
   */
  public ReciprocalRankFusion(int k) {
    if (k < 0) {
      throw new IllegalArgumentException("k must not be negative, got " + k);
    }
    this.k = k;
  }

  @Override
  double[] contributions(List<RankedPassage> ranking, int list) {
    double[] contributions = new double[ranking.size()];
    for (int rank = 0; rank < contributions.length; rank++) {
      contributions[rank] = 1.0 / (k + rank + 1);
    }
    return contributions;
  }

  @Override
  double missing(double[] contributions) {
    return 0;
  }

  @Override
  int lists() {
    return 0;
  }
}
