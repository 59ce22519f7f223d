package dev.tandem.index.measure;

import java.util.Map;

/** Measures over graded gains: nDCG over the whole ranking and its relatives. */
final class GainMeasures {

  private GainMeasures() {}

  /** Normalized discounted cumulative gain of the whole ranking. */
  static double ndcg(JudgedRanking ranking, Map<Integer, Double> parameters) {
    Gains gains = Gains.of(ranking, parameters);
    double dcg = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      double gain = gains.of(ranking.grade(rank));
      if (gain != 0) {
        dcg += gain / Gains.log2(rank + 2);
      }
    }
    double ideal = 0;
    Gains.Ideal walk = gains.ideal();
    for (int rank = 0; walk.open(); rank++) {
      double gain = walk.next();
      if (gain > 0) {
        ideal += gain / Gains.log2(rank + 2);
      }
    }
    return ideal > 0 ? dcg / ideal : 0;
  }

  /** nDCG at the rank of each passage with a gain, averaged over all passages with a gain. */
  static double ndcgAtRelevant(JudgedRanking ranking, Map<Integer, Double> parameters) {
    Gains gains = Gains.of(ranking, parameters);
    Gains.Ideal walk = gains.ideal();
    double dcg = 0;
    double ideal = 0;
    double sum = 0;
    int found = 0;
    int all = 0;
    for (int rank = 0; rank < ranking.retrieved() || walk.open(); rank++) {
      double gain = rank < ranking.retrieved() ? gains.of(ranking.grade(rank)) : 0;
      if (gain != 0) {
        dcg += gain / Gains.log2(rank + 2);
      }
      if (walk.open()) {
        double best = walk.next();
        if (best > 0) {
          all++;
          ideal += best / Gains.log2(rank + 2);
        }
      }
      if (gain > 0) {
        sum += dcg / ideal;
        found++;
      }
    }
    if (all == 0) {
      return 0;
    }
    sum += (all - found) * dcg / ideal;
    return sum > 0 ? sum / all : 0;
  }

  /** nDCG averaged over the ranks where the ideal ranking goes down to the next gain. */
  static double ndcgAtGainChanges(JudgedRanking ranking, Map<Integer, Double> parameters) {
    if (ranking.relevant() == 0) {
      return 0;
    }
    Gains gains = Gains.of(ranking, parameters);
    Gains.Ideal walk = gains.ideal();
    double before = walk.gain();
    double dcg = 0;
    double ideal = 0;
    double sum = 0;
    int changes = 0;
    int rank = 0;
    for (; walk.open(); rank++) {
      double best = walk.next();
      if (best != before) {
        if (ideal > 0) {
          sum += dcg / ideal;
          changes++;
        }
        before = best;
      }
      double gain = rank < ranking.retrieved() ? gains.of(ranking.grade(rank)) : 0;
      if (gain != 0) {
        dcg += gain / Gains.log2(rank + 2);
      }
      if (best > 0) {
        ideal += best / Gains.log2(rank + 2);
      }
    }
    if (rank < ranking.retrieved()) {
      for (; rank < ranking.retrieved(); rank++) {
        double gain = gains.of(ranking.grade(rank));
        if (gain != 0) {
          dcg += gain / Gains.log2(rank + 2);
        }
      }
      if (ideal > 0) {
        sum += dcg / ideal;
        changes++;
      }
    }
    return changes == 0 ? 0 : sum / changes;
  }

  /**
   * The measure {@code G}: a gain is discounted by how much gain the ranking has missed so far, not
   * by its rank.
   */
  static double normalizedGain(JudgedRanking ranking, Map<Integer, Double> parameters) {
    final double leastCost = 1;
    Gains gains = Gains.of(ranking, parameters);
    Gains.Ideal walk = gains.ideal();
    double gained = 0;
    double cost = 0;
    double ideal = 0;
    double value = 0;
    for (int rank = 0; rank < ranking.retrieved() || walk.open(); rank++) {
      double best = 0;
      if (walk.open()) {
        best = walk.next();
        ideal += Math.max(best, 0);
      }
      if (rank < ranking.retrieved()) {
        double gain = gains.of(ranking.grade(rank));
        gained += gain;
        cost += Math.max(best, leastCost);
        if (gain != 0) {
          value += gain / Gains.log2(2 + cost - gained);
        }
      }
    }
    return ideal > 0 ? value / ideal : 0;
  }

  /** Rank-biased precision: gains weighted by a reader who goes on with this persistence. */
  static double rankBiasedPrecision(
      JudgedRanking ranking, Map<Integer, Double> parameters, double persistence) {
    Gains gains = Gains.of(ranking, parameters);
    // Gains outside [0, 1] are scaled into it.
    double low = Math.min(0, gains.smallest());
    double high = Math.max(0, gains.largest());
    boolean scale = low < 0 || high > 1;
    double sum = 0;
    double weight = 1;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      int grade = ranking.grade(rank);
      if (grade >= 0) {
        double gain = gains.of(grade);
        sum += weight * (scale ? (gain - low) / (high - low) : gain);
      }
      weight *= persistence;
    }
    return (1 - persistence) * sum;
  }

  /** How much {@code rbp} could grow if everything without judgement had the highest gain. */
  static double rankBiasedResidual(JudgedRanking ranking, double persistence) {
    double sum = 0;
    double weight = 1;
    boolean unjudged = false;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.grade(rank) < 0) {
        unjudged = true;
        sum += weight;
      }
      weight *= persistence;
    }
    return unjudged ? weight + (1 - persistence) * sum : 0;
  }
}
