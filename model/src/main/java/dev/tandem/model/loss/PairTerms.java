package dev.tandem.model.loss;

/**
 * The terms of one row of scores: for every positive pair the cross-entropy of its score against
 * the row's negatives, other positives left out of its denominator.
 *
 * <p>With L the logarithm of the summed exponentials of the negatives' scores, a positive of score
 * s contributes log(1 + exp(L - s)); its gradient is -w with w = 1 / (1 + exp(s - L)), and a
 * negative of score n gets exp(n - L) times the sum of all w. Nothing overflows, and a row without
 * negatives (L minus infinity) contributes zero.
 */
final class PairTerms {
  private PairTerms() {}

  /** Number of positives among the candidates {@code from} (included) to {@code to} (excluded). */
  static int positives(double[] relevance, int from, int to) {
    int count = 0;
    for (int j = from; j < to; j++) {
      if (relevance[j] == Relevance.POSITIVE) {
        count++;
      }
    }
    return count;
  }

  /**
   * Sums the terms of a row and sets the gradient of its scores.
   *
   * @param scores the row's scores
   * @param relevance the row's relevance codes
   * @param from first candidate taking part
   * @param to end of the candidates taking part
   * @param positiveTo end of the candidates whose positives form pairs; positives behind are left
   *     out like masked ones
   * @param weight factor of every term
   * @param gradient receives the gradient at {@code from} to {@code to}; overwritten there
   * @return the weighted sum of the terms
   */
  static double sum(
      double[] scores,
      double[] relevance,
      int from,
      int to,
      int positiveTo,
      double weight,
      double[] gradient) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = from; j < to; j++) {
      gradient[j] = 0;
      if (relevance[j] == Relevance.NEGATIVE) {
        largest = Math.max(largest, scores[j]);
      }
    }
    if (largest == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double exponentials = 0;
    for (int j = from; j < to; j++) {
      if (relevance[j] == Relevance.NEGATIVE) {
        double e = Math.exp(scores[j] - largest);
        gradient[j] = e;
        exponentials += e;
      }
    }
    double negatives = largest + Math.log(exponentials);
    double loss = 0;
    double pull = 0;
    for (int j = from; j < positiveTo; j++) {
      if (relevance[j] == Relevance.POSITIVE) {
        double margin = negatives - scores[j];
        // log(1 + exp(margin)) without overflow
        loss += Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
        double w = 1 / (1 + Math.exp(-margin));
        gradient[j] = -weight * w;
        pull += w;
      }
    }
    double factor = weight * pull / exponentials;
    for (int j = from; j < to; j++) {
      if (relevance[j] == Relevance.NEGATIVE) {
        gradient[j] *= factor;
      }
    }
    return weight * loss;
  }
}
