package dev.tandem.model.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Attention in ND4J operations: all texts and heads at once, texts padded to the longest. */
final class Nd4jAttention {

  private final int hidden;
  private final int heads;
  private final int headSize;
  private final double scale;

  Nd4jAttention(EncoderArchitecture architecture) {
    hidden = architecture.hiddenSize();
    heads = architecture.heads();
    headSize = architecture.headSize();
    scale = 1 / Math.sqrt(headSize);
  }

  /**
   * A forward pass; n is texts times heads, l the longest text.
   *
   * @param query [n, l, head size]
   * @param key [n, l, head size]
   * @param value [n, l, head size]
   * @param probabilities [n, l, l]
   * @param context packed, [tokens, hidden]
   */
  record Result(
      INDArray query, INDArray key, INDArray value, INDArray probabilities, INDArray context) {}

  /**
   * Attends within each text.
   *
   * @param qkv [tokens, 3 * hidden]
   */
  Result forward(ArrayScope scope, PackedTexts texts, INDArray qkv) {
    int b = texts.texts();
    int l = texts.longest();
    INDArray parts =
        scope.permuted(texts.pad(scope, qkv).reshape('c', b, l, 3, heads, headSize), 2, 0, 3, 1, 4);
    INDArray query = part(parts, 0, b, l);
    INDArray key = part(parts, 1, b, l);
    INDArray value = part(parts, 2, b, l);

    INDArray scores = scope.product(query, key, false, true).muli(scale);
    INDArray byHead = scores.reshape('c', b, heads, l, l);
    byHead.addi(texts.mask());
    INDArray probabilities = scope.own(Nd4j.nn().softmax(scores, 2));

    INDArray context = scope.product(probabilities, value, false, false);
    INDArray rows = scope.permuted(context.reshape('c', b, heads, l, headSize), 0, 2, 1, 3);
    INDArray packed = texts.pack(scope, rows.reshape('c', b * l, hidden));
    return new Result(query, key, value, probabilities, packed);
  }

  private INDArray part(INDArray parts, int which, int b, int l) {
    return parts.get(NDArrayIndex.point(which)).reshape('c', b * heads, l, headSize);
  }

  /**
   * Gradient of queries, keys and values, [tokens, 3 * hidden].
   *
   * @param contextGradient [tokens, hidden]
   */
  INDArray backward(ArrayScope scope, PackedTexts texts, Result kept, INDArray contextGradient) {
    int b = texts.texts();
    int l = texts.longest();
    INDArray padded = texts.padWithZeros(scope, contextGradient);
    INDArray gradient =
        scope
            .permuted(padded.reshape('c', b, l, heads, headSize), 0, 2, 1, 3)
            .reshape('c', b * heads, l, headSize);

    INDArray p = kept.probabilities();
    INDArray dp = scope.product(gradient, kept.value(), false, true);
    INDArray sums = scope.own(scope.own(p.mul(dp)).sum(true, 2));
    INDArray ds = dp.subi(sums).muli(p).muli(scale);

    INDArray dq = scope.product(ds, kept.key(), false, false);
    INDArray dk = scope.product(ds, kept.query(), true, false);
    INDArray dv = scope.product(p, gradient, true, false);
    INDArray all = scope.own(Nd4j.stack(0, dq, dk, dv));
    INDArray rows = scope.permuted(all.reshape('c', 3, b, heads, l, headSize), 1, 3, 0, 2, 4);
    return texts.pack(scope, rows.reshape('c', b * l, 3 * hidden));
  }
}
