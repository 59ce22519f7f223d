package dev.tandem.model.loss;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * NT-Xent with labels as pytorch-metric-learning's NTXentLoss defines it, and the same loss of the
 * queries against the queue added.
 *
 * <p>Each of the two is the mean over its positive pairs; a pair's denominator has the pair and the
 * query's negatives of the same part (batch or queue), not its other positives. So the queue counts
 * only for queries that have a positive in it: where every query is seen once, it adds nothing.
 * {@link InfoNce} puts the queue into the denominator instead. A part without pairs adds zero.
 *
 * @param similarity how embeddings are compared
 * @param temperature scores are divided by it; positive
 */
public record NtXent(Similarity similarity, double temperature) implements ContrastiveLoss {

  public NtXent {
    Losses.requireTemperature(temperature);
  }

  @Override
  public float otherPositives() {
    return Relevance.POSITIVE;
  }

  @Override
  public LossValue evaluate(
      INDArray queries, INDArray passages, INDArray queue, INDArray relevance) {
    ScoredBatch batch =
        new ScoredBatch(queries, passages, queue, relevance, similarity, temperature);
    int inBatch = batch.passages();
    int all = batch.candidates();
    double[] scores = new double[all];
    double[] codes = new double[all];
    double[] gradient = new double[all];
    long batchPairs = 0;
    long queuePairs = 0;
    for (int i = 0; i < batch.queries(); i++) {
      batch.relevance(i, codes);
      batchPairs += PairTerms.positives(codes, 0, inBatch);
      queuePairs += PairTerms.positives(codes, inBatch, all);
    }
    double batchWeight = batchPairs == 0 ? 0 : 1.0 / batchPairs;
    double queueWeight = queuePairs == 0 ? 0 : 1.0 / queuePairs;
    double loss = 0;
    for (int i = 0; i < batch.queries(); i++) {
      batch.scores(i, scores);
      batch.relevance(i, codes);
      loss += PairTerms.sum(scores, codes, 0, inBatch, inBatch, batchWeight, gradient);
      loss += PairTerms.sum(scores, codes, inBatch, all, all, queueWeight, gradient);
      batch.gradient(i, gradient);
    }
    return batch.finish(loss);
  }
}
