package dev.tandem.index.measure;

import dev.tandem.index.measure.CutoffMeasure.AtCutoffs;

/** The families of measures at fixed cutoffs. */
final class CutoffMeasures {

  /** Fraction of the first results that are relevant. */
  static final AtCutoffs PRECISION =
      CutoffMeasure.summing(CutoffMeasures::relevantOne, (ranking, sum, cutoff) -> sum / cutoff);

  /** Fraction of the relevant passages among the first results. */
  static final AtCutoffs RECALL =
      CutoffMeasure.summing(
          CutoffMeasures::relevantOne,
          (ranking, sum, cutoff) -> ranking.relevant() == 0 ? 0 : sum / ranking.relevant());

  /** Precision over the best that could be reached at the cutoff. */
  static final AtCutoffs RELATIVE_PRECISION =
      CutoffMeasure.summing(
          CutoffMeasures::relevantOne,
          (ranking, sum, cutoff) ->
              ranking.relevant() == 0 ? 0 : sum / Math.min(cutoff, ranking.relevant()));

  /** 1 where a relevant passage is among the first results. */
  static final AtCutoffs SUCCESS =
      CutoffMeasure.summing(CutoffMeasures::relevantOne, (ranking, sum, cutoff) -> sum > 0 ? 1 : 0);

  /** Fraction of the first results without judgement. */
  static final AtCutoffs UNJUDGED =
      CutoffMeasure.summing(
          (ranking, rank) -> ranking.grade(rank) < 0 ? 1 : 0,
          (ranking, sum, cutoff) -> sum / cutoff);

  /** Average precision of the first results over all relevant passages. */
  static final AtCutoffs AVERAGE_PRECISION =
      (ranking, cutoffs, values, at) -> {
        if (ranking.relevant() == 0) {
          return;
        }
        double sum = 0;
        int relevant = 0;
        int rank = 0;
        for (int c = 0; c < cutoffs.length; c++) {
          for (int end = Math.min(cutoffs[c], ranking.retrieved()); rank < end; rank++) {
            if (ranking.relevantAt(rank)) {
              relevant++;
              sum += (double) relevant / (rank + 1);
            }
          }
          values[at + c] = sum / ranking.relevant();
        }
      };

  /** Discounted cumulative gain of the first results over that of the ideal ranking's first. */
  static final AtCutoffs NDCG =
      (ranking, cutoffs, values, at) -> {
        double dcg = 0;
        double ideal = 0;
        int rank = 0;
        int idealRank = 0;
        int grade = ranking.gradeCount() - 1;
        int left = grade > 0 ? ranking.judgedAt(grade) : 0;
        for (int c = 0; c < cutoffs.length; c++) {
          for (int end = Math.min(cutoffs[c], ranking.retrieved()); rank < end; rank++) {
            if (ranking.grade(rank) > 0) {
              dcg += ranking.grade(rank) / Gains.log2(rank + 2);
            }
          }
          for (; idealRank < cutoffs[c]; idealRank++, left--) {
            while (grade > 0 && left == 0) {
              grade--;
              left = grade > 0 ? ranking.judgedAt(grade) : 0;
            }
            if (grade <= 0) {
              break;
            }
            ideal += grade / Gains.log2(idealRank + 2);
          }
          values[at + c] = ideal > 0 ? dcg / ideal : 0;
        }
      };

  private CutoffMeasures() {}

  private static double relevantOne(JudgedRanking ranking, int rank) {
    return ranking.relevantAt(rank) ? 1 : 0;
  }
}
