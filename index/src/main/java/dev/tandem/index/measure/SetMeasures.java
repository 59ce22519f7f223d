package dev.tandem.index.measure;

/** Measures over the set of results, whatever their order. */
final class SetMeasures {

  private SetMeasures() {}

  static double precision(JudgedRanking ranking) {
    return ranking.retrieved() == 0
        ? 0
        : (double) ranking.relevantRetrieved() / ranking.retrieved();
  }

  static double relativePrecision(JudgedRanking ranking) {
    int most = Math.min(ranking.retrieved(), ranking.relevant());
    return most == 0 ? 0 : (double) ranking.relevantRetrieved() / most;
  }

  static double recall(JudgedRanking ranking) {
    return ranking.relevant() == 0 ? 0 : (double) ranking.relevantRetrieved() / ranking.relevant();
  }

  static double averagePrecision(JudgedRanking ranking) {
    if (ranking.retrieved() == 0 || ranking.relevant() == 0) {
      return 0;
    }
    double found = ranking.relevantRetrieved();
    return found * found / ((double) ranking.retrieved() * ranking.relevant());
  }

  /**
   * Weighted harmonic mean of precision and recall.
   *
   * @param recallWeight the relative importance of recall
   */
  static double f(JudgedRanking ranking, double recallWeight) {
    if (ranking.relevantRetrieved() == 0) {
      return 0;
    }
    double precision = precision(ranking);
    double recall = recall(ranking);
    return (recallWeight + 1) * precision * recall / (recallWeight * precision + recall);
  }

  /**
   * A weighted sum of the contingency table.
   *
   * @param weights of relevant retrieved, non-relevant retrieved, relevant missed, the rest
   */
  static double utility(JudgedRanking ranking, double[] weights) {
    long found = ranking.relevantRetrieved();
    long retrieved = ranking.retrieved();
    long relevant = ranking.relevant();
    return weights[0] * found
        + weights[1] * (retrieved - found)
        + weights[2] * (relevant - found)
        + weights[3] * (ranking.collectionSize() + found - retrieved - relevant);
  }
}
