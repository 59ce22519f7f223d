package dev.tandem.model.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The scores of a batch's queries against all candidates, and the way back from the gradient of the
 * scores to that of the embeddings.
 *
 * <p>Candidates are numbered as the columns of the relevance matrix: the N passages of the batch,
 * then the Q of the queue. Scores and gradients are matrix products; between the two a loss works
 * row by row: it reads a query's scores and relevance and stores the gradient of its scores.
 */
final class ScoredBatch {
  private final ScaledEmbeddings queries;
  private final ScaledEmbeddings passages;
  private final ScaledEmbeddings queue;
  private final double temperature;
  private final Rows relevance;
  private final Rows batchScores;
  private final Rows queueScores;
  private final Rows batchGradient;
  private final Rows queueGradient;

  /**
   * Computes all scores.
   *
   * @param queries raw embeddings [B, d], FLOAT or DOUBLE
   * @param passages raw embeddings [N, d] of the same type
   * @param queue detached embeddings [Q, d] of the same type, or null
   * @param relevance [B, N + Q], of the codes of {@link Relevance}
   * @throws IllegalArgumentException if types or shapes do not fit, or the relevance matrix holds
   *     another value
   */
  ScoredBatch(
      INDArray queries,
      INDArray passages,
      INDArray queue,
      INDArray relevance,
      Similarity similarity,
      double temperature) {
    requireMatrix("queries", queries, queries);
    requireMatrix("passages", passages, queries);
    if (queue != null) {
      requireMatrix("queue", queue, queries);
    }
    long candidates = passages.rows() + (queue == null ? 0L : queue.rows());
    if (relevance.rank() != 2
        || relevance.size(0) != queries.size(0)
        || relevance.size(1) != candidates) {
      throw new IllegalArgumentException(
          "relevance must be [%d, %d], queries by candidates, but is %s"
              .formatted(queries.size(0), candidates, relevance.shapeInfoToString().strip()));
    }
    this.temperature = temperature;
    this.queries = ScaledEmbeddings.of(queries, similarity);
    this.passages = ScaledEmbeddings.of(passages, similarity);
    this.queue = queue == null ? null : ScaledEmbeddings.of(queue, similarity);
    this.relevance = Rows.read(relevance.castTo(queries.dataType()));
    batchScores = score(this.passages);
    batchGradient = Rows.zeros(this.queries.type(), queries(), passages());
    queueScores = queue == null ? null : score(this.queue);
    queueGradient =
        queue == null ? null : Rows.zeros(this.queries.type(), queries(), this.queue.count());
    checkRelevance();
  }

  private static void requireMatrix(String name, INDArray matrix, INDArray queries) {
    DataType type = matrix.dataType();
    if (matrix.rank() != 2
        || matrix.size(1) != queries.size(1)
        || type != queries.dataType()
        || (type != DataType.FLOAT && type != DataType.DOUBLE)) {
      throw new IllegalArgumentException(
          ("%s must be a FLOAT or DOUBLE matrix of the queries' type %s and dimension %d, but is %s"
                  + " %s")
              .formatted(
                  name,
                  queries.dataType(),
                  queries.size(queries.rank() - 1),
                  type,
                  matrix.shapeInfoToString().strip()));
    }
  }

  private void checkRelevance() {
    double[] row = new double[candidates()];
    for (int i = 0; i < queries(); i++) {
      relevance.get(i, row, 0);
      for (int j = 0; j < row.length; j++) {
        if (row[j] != Relevance.POSITIVE
            && row[j] != Relevance.NEGATIVE
            && row[j] != Relevance.MASKED) {
          throw new IllegalArgumentException(
              "relevance of candidate %d to query %d is %s; it must be 1 (positive), 0 (negative) or -1 (masked)"
                  .formatted(j, i, row[j]));
        }
      }
    }
  }

  private Rows score(ScaledEmbeddings candidates) {
    // computed as candidates x queries in f-order, which lies in memory as [queries, candidates]
    INDArray scores =
        Nd4j.createUninitialized(
            queries.type(), new long[] {candidates.count(), queries.count()}, 'f');
    Nd4j.gemm(candidates.array(), queries.array(), scores, false, true, 1 / temperature, 0);
    return Rows.readTransposed(scores);
  }

  int queries() {
    return queries.count();
  }

  int passages() {
    return passages.count();
  }

  int candidates() {
    return passages.count() + (queue == null ? 0 : queue.count());
  }

  /** Copies a query's scores against all candidates, similarity over temperature. */
  void scores(int query, double[] into) {
    batchScores.get(query, into, 0);
    passages.scale(into, 0, queries.factor(query));
    if (queue != null) {
      queueScores.get(query, into, passages());
      queue.scale(into, passages(), queries.factor(query));
    }
  }

  /** Copies a query's row of the relevance matrix. */
  void relevance(int query, double[] into) {
    relevance.get(query, into, 0);
  }

  /**
   * Stores the gradient of the loss with respect to a query's scores.
   *
   * @param gradient of all candidates; changed by this call
   */
  void gradient(int query, double[] gradient) {
    passages.scale(gradient, 0, queries.factor(query));
    batchGradient.put(query, gradient, 0);
    if (queue != null) {
      queue.scale(gradient, passages(), queries.factor(query));
      queueGradient.put(query, gradient, passages());
    }
  }

  /** The loss with the gradients that follow from those stored for the scores. */
  LossValue finish(double loss) {
    INDArray batch = batchGradient.toTransposedArray();
    INDArray query =
        Nd4j.createUninitialized(
            queries.type(), new long[] {queries.dimension(), queries.count()}, 'f');
    INDArray passage =
        Nd4j.createUninitialized(
            queries.type(), new long[] {passages.dimension(), passages.count()}, 'f');
    Nd4j.gemm(passages.array(), batch, query, true, false, 1 / temperature, 0);
    Nd4j.gemm(queries.array(), batch, passage, true, true, 1 / temperature, 0);
    if (queue != null) {
      INDArray detached = queueGradient.toTransposedArray();
      Nd4j.gemm(queue.array(), detached, query, true, false, 1 / temperature, 1);
    }
    return new LossValue(loss, queries.unscale(query), passages.unscale(passage));
  }
}
