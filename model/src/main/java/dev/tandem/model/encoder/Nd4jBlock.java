package dev.tandem.model.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** One block of BERT in ND4J operations, token-wise work on packed rows. */
final class Nd4jBlock {

  private final Nd4jAttention attention;
  private final Nd4jLayerNorm norm;

  Nd4jBlock(EncoderArchitecture architecture) {
    attention = new Nd4jAttention(architecture);
    norm = new Nd4jLayerNorm(architecture.layerNormEpsilon());
  }

  /**
   * What the backward pass reads.
   *
   * @param input [tokens, hidden]
   * @param up input of the GELU, [tokens, intermediate]
   * @param cdf normal distribution function of it
   * @param activated output of the GELU
   */
  record Kept(
      INDArray input,
      Nd4jAttention.Result attention,
      Nd4jLayerNorm.Result attended,
      INDArray up,
      INDArray cdf,
      INDArray activated,
      Nd4jLayerNorm.Result output) {}

  /** Computes the block's output and what its gradient needs. */
  Kept forward(ArrayScope scope, TensorViews p, PackedTexts texts, INDArray input) {
    INDArray qkv = scope.product(input, p.qkvWeight(), false, true).addiRowVector(p.qkvBias());
    Nd4jAttention.Result attended = attention.forward(scope, texts, qkv);
    INDArray projected = linear(scope, p, "attention.output.dense", attended.context());
    Nd4jLayerNorm.Result first =
        normalize(scope, p, "attention.output.LayerNorm", projected.addi(input));

    INDArray up = linear(scope, p, "intermediate.dense", first.output());
    INDArray cdf = scope.own(up.mul(Math.sqrt(0.5)));
    Nd4j.getExecutioner().exec(new Erf(cdf, cdf));
    cdf.addi(1).muli(0.5);
    INDArray activated = scope.own(up.mul(cdf));
    INDArray down = linear(scope, p, "output.dense", activated);
    Nd4jLayerNorm.Result second =
        normalize(scope, p, "output.LayerNorm", down.addi(first.output()));
    return new Kept(input, attended, first, up, cdf, activated, second);
  }

  private Nd4jLayerNorm.Result normalize(
      ArrayScope scope, TensorViews p, String name, INDArray sum) {
    return norm.forward(scope, sum, p.get(name + ".weight"), p.get(name + ".bias"));
  }

  private static INDArray linear(ArrayScope scope, TensorViews p, String name, INDArray x) {
    return scope
        .product(x, p.get(name + ".weight"), false, true)
        .addiRowVector(p.get(name + ".bias"));
  }

  /**
   * Gradient of the input; the block's parameter gradients are written to {@code g}.
   *
   * @param gradient of the output, [tokens, hidden]
   */
  INDArray backward(
      ArrayScope scope,
      TensorViews p,
      TensorViews g,
      PackedTexts texts,
      Kept kept,
      INDArray gradient) {
    INDArray dSum = normGradient(scope, p, g, "output.LayerNorm", kept.output(), gradient);
    INDArray dUp =
        linearGradient(scope, p, g, "output.dense", kept.activated(), dSum)
            .muli(geluSlope(scope, kept));
    INDArray dAttended =
        linearGradient(scope, p, g, "intermediate.dense", kept.attended().output(), dUp).addi(dSum);

    INDArray dFirst =
        normGradient(scope, p, g, "attention.output.LayerNorm", kept.attended(), dAttended);
    INDArray dContext =
        linearGradient(scope, p, g, "attention.output.dense", kept.attention().context(), dFirst);
    INDArray dQkv = attention.backward(scope, texts, kept.attention(), dContext);
    g.qkvBias().assign(scope.columnSums(dQkv));
    g.qkvWeight().assign(scope.product(dQkv, kept.input(), true, false));
    return scope.product(dQkv, p.qkvWeight(), false, false).addi(dFirst);
  }

  /** Derivative of {@code x * cdf(x)}. */
  private static INDArray geluSlope(ArrayScope scope, Kept kept) {
    INDArray slope = scope.own(kept.up().mul(kept.up())).muli(-0.5);
    Transforms.exp(slope, false).muli(1 / Math.sqrt(2 * Math.PI));
    return slope.muli(kept.up()).addi(kept.cdf());
  }

  private INDArray normGradient(
      ArrayScope scope,
      TensorViews p,
      TensorViews g,
      String name,
      Nd4jLayerNorm.Result kept,
      INDArray gradient) {
    return norm.backward(
        scope,
        kept,
        gradient,
        p.get(name + ".weight"),
        g.get(name + ".weight"),
        g.get(name + ".bias"));
  }

  private static INDArray linearGradient(
      ArrayScope scope, TensorViews p, TensorViews g, String name, INDArray x, INDArray dy) {
    g.get(name + ".weight").assign(scope.product(dy, x, true, false));
    g.get(name + ".bias").assign(scope.columnSums(dy));
    return scope.product(dy, p.get(name + ".weight"), false, false);
  }
}
