package dev.tandem.index.fusion;

import dev.tandem.index.trec.RankedPassage;
import java.util.Arrays;
import java.util.List;

/**
 * A weighted sum of scores, each list's brought to a common scale first, query by query. A passage
 * that a list lacks gets what the list's last passage gets: it scored no more than that.
 */
public final class WeightedScores extends Fusion {

  /** How the scores of one list for one query are brought to a common scale. */
  public enum Normalization {
    /** The best becomes 1, the last 0; a list of equal scores becomes all 1. */
    MIN_MAX {
      @Override
      double[] apply(double[] scores) {
        double least = Arrays.stream(scores).min().orElse(0);
        double range = Arrays.stream(scores).max().orElse(0) - least;
        return Arrays.stream(scores).map(s -> range == 0 ? 1 : (s - least) / range).toArray();
      }
    },
    /** The mean becomes 0, a standard deviation 1; a list of equal scores becomes all 0. */
    Z_SCORE {
      @Override
      double[] apply(double[] scores) {
        double mean = Arrays.stream(scores).average().orElse(0);
        double variance =
            Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).average().orElse(0);
        double deviation = Math.sqrt(variance);
        return Arrays.stream(scores)
            .map(s -> deviation == 0 ? 0 : (s - mean) / deviation)
            .toArray();
      }
    };

    abstract double[] apply(double[] scores);
  }

  private final double[] weights;
  private final Normalization normalization;

  /**
   * Sums with weights.
   *
   * @param normalization how scores are brought to a common scale
   * @param weights one a list, none negative, not all 0
   */
  public WeightedScores(Normalization normalization, double... weights) {
    boolean usable = Arrays.stream(weights).allMatch(w -> w >= 0 && Double.isFinite(w));
    if (!usable || Arrays.stream(weights).sum() == 0) {
      throw new IllegalArgumentException(
          "weights must not be negative and not all be 0, got " + Arrays.toString(weights));
    }
    this.normalization = normalization;
    this.weights = weights.clone();
  }

  @Override
  double[] contributions(List<RankedPassage> ranking, int list) {
    double[] scores = ranking.stream().mapToDouble(RankedPassage::score).toArray();
    return Arrays.stream(normalization.apply(scores)).map(s -> weights[list] * s).toArray();
  }

  @Override
  double missing(double[] contributions) {
    return Arrays.stream(contributions).min().orElse(0);
  }

  @Override
  int lists() {
    return weights.length;
  }
}
