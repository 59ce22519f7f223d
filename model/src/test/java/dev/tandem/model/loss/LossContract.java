package dev.tandem.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What every contrastive loss must hold; a subclass a loss. */
abstract class LossContract {
  private static final int B = 5;
  private static final int N = 9;
  private static final int Q = 7;
  private static final int D = 4;

  private final Random random = new Random(11);
  private final INDArray queries = gaussian(B);
  private final INDArray passages = gaussian(N);
  private final INDArray queue = gaussian(Q);

  /** The loss under test. */
  abstract ContrastiveLoss loss();

  @Test
  void gradientAgreesWithFiniteDifferences() {
    INDArray relevance = relevance();
    LossValue value = loss().evaluate(queries, passages, queue, relevance);
    assertThat(value.loss()).isPositive();
    checkNumerically(queries, value.queryGradient(), relevance);
    checkNumerically(passages, value.passageGradient(), relevance);
  }

  private void checkNumerically(INDArray embeddings, INDArray gradient, INDArray relevance) {
    double h = 1e-5;
    for (int i = 0; i < embeddings.rows(); i++) {
      for (int k = 0; k < D; k++) {
        double at = embeddings.getDouble(i, k);
        embeddings.putScalar(i, k, at + h);
        double above = loss().evaluate(queries, passages, queue, relevance).loss();
        embeddings.putScalar(i, k, at - h);
        double below = loss().evaluate(queries, passages, queue, relevance).loss();
        embeddings.putScalar(i, k, at);
        assertThat(gradient.getDouble(i, k))
            .as("element %d, %d", i, k)
            .isCloseTo((above - below) / (2 * h), within(1e-7));
      }
    }
  }

  @Test
  void maskedCandidatesHaveNoInfluence() {
    INDArray relevance = relevance();
    int passage = N - 1;
    int queued = Q - 1;
    for (int i = 0; i < B; i++) {
      relevance.putScalar(i, passage, Relevance.MASKED);
      relevance.putScalar(i, N + queued, Relevance.MASKED);
    }
    LossValue before = loss().evaluate(queries, passages, queue, relevance);
    passages.getRow(passage).muli(-40).addi(3);
    queue.getRow(queued).muli(70).subi(2);
    LossValue after = loss().evaluate(queries, passages, queue, relevance);
    assertThat(after.loss()).isEqualTo(before.loss());
    assertThat(after.queryGradient()).isEqualTo(before.queryGradient());
    assertThat(after.passageGradient()).isEqualTo(before.passageGradient());
    assertThat(after.passageGradient().getRow(passage).amaxNumber().doubleValue()).isZero();
  }

  @Test
  void leavesItsInputsAlone() {
    INDArray relevance = relevance();
    INDArray[] inputs = {queries, passages, queue, relevance};
    INDArray[] copies = {queries.dup(), passages.dup(), queue.dup(), relevance.dup()};
    loss().evaluate(queries, passages, queue, relevance);
    assertThat(inputs).isEqualTo(copies);
  }

  @Test
  void orderOfCandidatesDoesNotMatter() {
    INDArray relevance = relevance();
    LossValue value = loss().evaluate(queries, passages, queue, relevance);
    INDArray swappedPassages = swapRows(passages, 0, N - 1);
    INDArray swappedQueue = swapRows(queue, 1, Q - 2);
    INDArray swapped = swapRows(relevance.transpose().dup('c'), 0, N - 1);
    swapped = swapRows(swapped, N + 1, N + Q - 2).transpose();
    LossValue other = loss().evaluate(queries, swappedPassages, swappedQueue, swapped);
    assertThat(other.loss()).isCloseTo(value.loss(), within(1e-12));
    INDArray back = swapRows(other.passageGradient(), 0, N - 1);
    assertThat(back.sub(value.passageGradient()).amaxNumber().doubleValue()).isLessThan(1e-12);
  }

  @Test
  void viewsAndOtherOrdersGiveTheSame() {
    INDArray relevance = relevance();
    LossValue value = loss().evaluate(queries, passages, queue, relevance);
    INDArray stacked = Nd4j.vstack(queries, passages, queue);
    LossValue views =
        loss()
            .evaluate(
                stacked.get(interval(0, B)),
                stacked.get(interval(B, B + N)).dup('f'),
                stacked.get(interval(B + N, B + N + Q)),
                relevance.dup('f'));
    assertThat(views.loss()).isEqualTo(value.loss());
    assertThat(views.queryGradient()).isEqualTo(value.queryGradient());
    assertThat(views.passageGradient()).isEqualTo(value.passageGradient());
  }

  private static org.nd4j.linalg.indexing.INDArrayIndex interval(int from, int to) {
    return org.nd4j.linalg.indexing.NDArrayIndex.interval(from, to);
  }

  @Test
  void rowsWithoutPartnersAddNothing() {
    INDArray relevance = Nd4j.valueArrayOf(new long[] {B, N + Q}, -1f, DataType.FLOAT);
    for (int i = 0; i < B; i++) {
      // a positive without negatives, negatives without a positive, and nothing at all
      if (i % 3 == 0) {
        relevance.putScalar(i, i, Relevance.POSITIVE);
      } else if (i % 3 == 1) {
        relevance.putScalar(i, N + 1, Relevance.NEGATIVE);
      }
    }
    LossValue value = loss().evaluate(queries, passages, queue, relevance);
    assertThat(value.loss()).isZero();
    assertThat(value.queryGradient().amaxNumber().doubleValue()).isZero();
    assertThat(value.passageGradient().amaxNumber().doubleValue()).isZero();
  }

  @Test
  void extremeScoresStayFinite() {
    INDArray big = queries.mul(1e6);
    LossValue value = loss().evaluate(big, passages.mul(1e6), queue.mul(1e6), relevance());
    assertThat(value.loss()).isFinite();
    assertThat(value.queryGradient().sumNumber().doubleValue()).isFinite();
    LossValue zero = loss().evaluate(queries.mul(0), passages, queue.mul(0), relevance());
    assertThat(zero.loss()).isFinite();
    assertThat(zero.queryGradient().sumNumber().doubleValue()).isFinite();
  }

  @Test
  void refusesWhatDoesNotFit() {
    INDArray relevance = relevance();
    assertThatThrownBy(() -> loss().evaluate(queries, passages, null, relevance))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("relevance must be [5, 9]");
    assertThatThrownBy(
            () -> loss().evaluate(queries, passages.castTo(DataType.FLOAT), queue, relevance))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("passages must be");
    relevance.putScalar(1, 2, 0.5);
    assertThatThrownBy(() -> loss().evaluate(queries, passages, queue, relevance))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("candidate 2 to query 1 is 0.5");
  }

  /**
   * One positive a query in the batch, a second one for query 0, some masked, some in the queue.
   */
  private static INDArray relevance() {
    INDArray relevance = Nd4j.zeros(DataType.FLOAT, B, N + Q);
    for (int i = 0; i < B; i++) {
      relevance.putScalar(i, i, Relevance.POSITIVE);
    }
    relevance.putScalar(0, N - 2, Relevance.POSITIVE);
    relevance.putScalar(1, 3, Relevance.MASKED);
    relevance.putScalar(2, N, Relevance.POSITIVE);
    relevance.putScalar(2, N + 4, Relevance.POSITIVE);
    relevance.putScalar(3, N + 2, Relevance.MASKED);
    return relevance;
  }

  private INDArray gaussian(int rows) {
    double[] values = random.doubles(rows * D, -2, 2).toArray();
    return Nd4j.createFromArray(values).reshape(rows, D);
  }

  private static INDArray swapRows(INDArray matrix, int i, int j) {
    INDArray swapped = matrix.dup('c');
    swapped.putRow(i, matrix.getRow(j));
    swapped.putRow(j, matrix.getRow(i));
    return swapped;
  }
}
