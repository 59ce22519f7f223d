package dev.tandem.model.loss;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * InfoNCE with one denominator a query over its positive and all its negatives of batch and queue.
 *
 * <p>Masked candidates and positives in the queue take no part. A query normally has one positive
 * in the batch; with several, each is a pair whose denominator leaves the others out, and the query
 * counts with the mean of its pairs. The loss is the mean over the queries; a query without a
 * positive or without negatives adds zero.
 *
 * <p>The symmetric form is the mean of that and of the same loss with the roles exchanged: every
 * passage that is some query's positive against the queries of the batch, without the queue.
 *
 * @param similarity how embeddings are compared
 * @param temperature scores are divided by it; positive
 * @param symmetric whether passages are also matched to queries
 */
public record InfoNce(Similarity similarity, double temperature, boolean symmetric)
    implements ContrastiveLoss {

  public InfoNce {
    Losses.requireTemperature(temperature);
  }

  /** The loss of queries against passages only. */
  public InfoNce(Similarity similarity, double temperature) {
    this(similarity, temperature, false);
  }

  @Override
  public float otherPositives() {
    return Relevance.MASKED;
  }

  @Override
  public LossValue evaluate(
      INDArray queries, INDArray passages, INDArray queue, INDArray relevance) {
    ScoredBatch batch =
        new ScoredBatch(queries, passages, queue, relevance, similarity, temperature);
    int candidates = batch.candidates();
    double[] scores = new double[candidates];
    double[] codes = new double[candidates];
    double[] gradient = new double[candidates];
    PassageToQuery reverse = symmetric ? PassageToQuery.of(batch) : null;
    double share = symmetric ? 0.5 : 1;
    double loss = symmetric ? reverse.loss * share : 0;
    for (int i = 0; i < batch.queries(); i++) {
      batch.scores(i, scores);
      batch.relevance(i, codes);
      int pairs = PairTerms.positives(codes, 0, batch.passages());
      double weight = pairs == 0 ? 0 : share / batch.queries() / pairs;
      loss += PairTerms.sum(scores, codes, 0, candidates, batch.passages(), weight, gradient);
      if (symmetric) {
        for (int j = 0; j < batch.passages(); j++) {
          gradient[j] += share * reverse.gradient[j][i];
        }
      }
      batch.gradient(i, gradient);
    }
    return batch.finish(loss);
  }

  /**
   * The loss with the roles exchanged, over the batch.
   *
   * @param gradient of the scores, [passage][query]
   */
  private record PassageToQuery(double loss, double[][] gradient) {

    static PassageToQuery of(ScoredBatch batch) {
      double[][] scores = new double[batch.passages()][batch.queries()];
      double[][] codes = new double[batch.passages()][batch.queries()];
      double[] row = new double[batch.candidates()];
      for (int i = 0; i < batch.queries(); i++) {
        batch.scores(i, row);
        transpose(row, scores, i);
        batch.relevance(i, row);
        transpose(row, codes, i);
      }
      int count = batch.queries();
      int answers = 0;
      for (double[] column : codes) {
        answers += PairTerms.positives(column, 0, count) > 0 ? 1 : 0;
      }
      double[][] gradient = new double[batch.passages()][count];
      double loss = 0;
      for (int j = 0; j < gradient.length; j++) {
        int pairs = PairTerms.positives(codes[j], 0, count);
        if (pairs > 0) {
          double weight = 1.0 / answers / pairs;
          loss += PairTerms.sum(scores[j], codes[j], 0, count, count, weight, gradient[j]);
        }
      }
      return new PassageToQuery(loss, gradient);
    }

    private static void transpose(double[] row, double[][] into, int column) {
      for (int j = 0; j < into.length; j++) {
        into[j][column] = row[j];
      }
    }
  }
}
