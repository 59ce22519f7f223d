package dev.tandem.model.encoder;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pooling in ND4J operations. First token and mean are linear: a matrix [texts, tokens] of weights.
 * The largest value selects, so there the winners are kept.
 */
final class Nd4jPooling {

  private final Pooling pooling;
  private final int hidden;

  Nd4jPooling(Pooling pooling, int hidden) {
    this.pooling = pooling;
    this.hidden = hidden;
  }

  /**
   * A forward pass.
   *
   * @param weights for linear pooling, [texts, tokens], else null
   * @param winners for {@link Pooling#MAX}: 1 where a value was the largest, [tokens, hidden], else
   *     null
   * @param textOfToken [tokens]
   * @param embeddings [texts, hidden]
   */
  record Result(INDArray weights, INDArray winners, INDArray textOfToken, INDArray embeddings) {}

  Result forward(ArrayScope scope, TokenBatch batch, INDArray tokens) {
    int[] text = new int[batch.tokens()];
    for (int i = 0; i < batch.texts(); i++) {
      Arrays.fill(text, batch.offsets()[i], batch.offsets()[i + 1], i);
    }
    INDArray textOfToken = scope.index(text);
    if (pooling == Pooling.MAX) {
      return largest(scope, batch, tokens, textOfToken);
    }
    float[] weights = new float[batch.texts() * batch.tokens()];
    for (int i = 0; i < batch.texts(); i++) {
      int count = pooling == Pooling.CLS ? 1 : batch.length(i);
      for (int token = 0; token < count; token++) {
        weights[i * batch.tokens() + batch.offsets()[i] + token] = 1f / count;
      }
    }
    INDArray matrix =
        scope.own(Nd4j.create(weights, new long[] {batch.texts(), batch.tokens()}, 'c'));
    return new Result(matrix, null, textOfToken, scope.product(matrix, tokens, false, false));
  }

  private Result largest(
      ArrayScope scope, TokenBatch batch, INDArray tokens, INDArray textOfToken) {
    float[] values = tokens.dup('c').data().asFloat();
    float[] best = new float[batch.texts() * hidden];
    float[] winners = new float[values.length];
    for (int text = 0; text < batch.texts(); text++) {
      for (int i = 0; i < hidden; i++) {
        int winner = batch.offsets()[text] * hidden + i;
        for (int at = winner; at < batch.offsets()[text + 1] * hidden; at += hidden) {
          winner = values[at] > values[winner] ? at : winner;
        }
        best[text * hidden + i] = values[winner];
        winners[winner] = 1;
      }
    }
    return new Result(
        null,
        scope.own(Nd4j.create(winners, new long[] {batch.tokens(), hidden}, 'c')),
        textOfToken,
        scope.own(Nd4j.create(best, new long[] {batch.texts(), hidden}, 'c')));
  }

  /** Gradient of the token representations, [tokens, hidden]. */
  INDArray backward(ArrayScope scope, Result kept, INDArray gradient) {
    return pooling == Pooling.MAX
        ? scope.rows(gradient, kept.textOfToken()).muli(kept.winners())
        : scope.product(kept.weights(), gradient, true, false);
  }
}
