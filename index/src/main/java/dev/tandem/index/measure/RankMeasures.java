package dev.tandem.index.measure;

/** Binary measures over the whole ranking. */
final class RankMeasures {

  /** Below this a geometric mean is not let, so that one query of zero does not make it zero. */
  static final double LEAST_GEOMETRIC = 0.00001;

  private static final double INFERRED_EPSILON = 0.00001;

  private RankMeasures() {}

  static double averagePrecision(JudgedRanking ranking) {
    int relevant = 0;
    double sum = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.relevantAt(rank)) {
        relevant++;
        sum += (double) relevant / (rank + 1);
      }
    }
    return relevant == 0 ? 0 : sum / ranking.relevant();
  }

  static double logAveragePrecision(JudgedRanking ranking) {
    return Math.log(Math.max(averagePrecision(ranking), LEAST_GEOMETRIC));
  }

  /** Precision after as many results as there are relevant passages. */
  static double rPrecision(JudgedRanking ranking) {
    int relevant = 0;
    int end = Math.min(ranking.retrieved(), ranking.relevant());
    for (int rank = 0; rank < end; rank++) {
      relevant += ranking.relevantAt(rank) ? 1 : 0;
    }
    return end == 0 ? 0 : (double) relevant / ranking.relevant();
  }

  /** How far judged relevant passages are ranked above judged non-relevant ones. */
  static double bpref(JudgedRanking ranking) {
    int nonRelevantJudged = ranking.nonRelevantJudged();
    int nonRelevant = 0;
    double sum = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.relevantAt(rank)) {
        sum += 1;
        if (nonRelevant > 0) {
          sum -=
              (double) Math.min(nonRelevant, ranking.relevant())
                  / Math.min(nonRelevantJudged, ranking.relevant());
        }
      } else if (ranking.grade(rank) >= 0) {
        nonRelevant++;
      }
    }
    return ranking.relevant() == 0 ? sum : sum / ranking.relevant();
  }

  static double logBpref(JudgedRanking ranking) {
    return Math.log(Math.max(bpref(ranking), LEAST_GEOMETRIC));
  }

  static double reciprocalRank(JudgedRanking ranking) {
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.relevantAt(rank)) {
        return 1.0 / (rank + 1);
      }
    }
    return 0;
  }

  /** Average precision inferred from a pool that was judged in part (Yilmaz and Aslam 2006). */
  static double inferredAveragePrecision(JudgedRanking ranking) {
    int relevant = 0;
    int nonRelevant = 0;
    int unjudgedInPool = 0;
    double sum = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      int grade = ranking.grade(rank);
      if (grade == JudgedRanking.UNJUDGED) {
        unjudgedInPool++;
      } else if (ranking.relevantAt(rank)) {
        if (rank == 0) {
          sum += 1;
        } else {
          double above = rank;
          sum +=
              1 / (above + 1)
                  + (above / (above + 1))
                      * ((relevant + nonRelevant + unjudgedInPool) / above)
                      * ((relevant + INFERRED_EPSILON)
                          / (relevant + nonRelevant + 2 * INFERRED_EPSILON));
        }
        relevant++;
      } else if (grade >= 0) {
        nonRelevant++;
      }
    }
    return ranking.relevant() == 0 ? sum : sum / ranking.relevant();
  }

  /** A binary gain discounted by the non-relevant results before it. */
  static double binaryGain(JudgedRanking ranking) {
    int relevant = 0;
    double sum = 0;
    for (int rank = 0; rank < ranking.retrieved(); rank++) {
      if (ranking.relevantAt(rank)) {
        relevant++;
        sum += 1 / Gains.log2(3 + rank - relevant);
      }
    }
    return relevant == 0 ? 0 : sum / ranking.relevant();
  }
}
