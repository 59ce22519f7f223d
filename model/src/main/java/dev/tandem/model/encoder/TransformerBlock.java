package dev.tandem.model.encoder;

import dev.tandem.model.encoder.Blas.Matrix;

/**
 * One block of BERT: attention and feed-forward part, each followed by the addition of its input
 * and LayerNorm. Works on all tokens of a batch at once; T is their number, H the hidden size, F
 * the intermediate size.
 */
final class TransformerBlock {

  private final int hidden;
  private final int intermediate;
  private final Attention attention;
  private final LayerNormKernel norm;

  TransformerBlock(EncoderArchitecture architecture) {
    hidden = architecture.hiddenSize();
    intermediate = architecture.intermediateSize();
    attention = new Attention(architecture);
    norm = new LayerNormKernel(hidden, architecture.layerNormEpsilon());
  }

  /**
   * What the forward pass computes and the backward pass reads.
   *
   * @param qkv queries, keys and values, [T, 3H]
   * @param logSums of the attention's softmax, [heads, T]
   * @param context attended values, [T, H]
   * @param attentionKept before the first LayerNorm
   * @param attended after it, [T, H]
   * @param up input of the GELU, [T, F]
   * @param feedForwardKept before the second LayerNorm
   * @param output after it, [T, H]
   */
  record Activations(
      FloatMemory qkv,
      FloatMemory logSums,
      FloatMemory context,
      LayerNormKernel.Kept attentionKept,
      FloatMemory attended,
      FloatMemory up,
      LayerNormKernel.Kept feedForwardKept,
      FloatMemory output) {}

  /**
   * Space shared by all blocks.
   *
   * @param attention for one text and head
   * @param wide [T, F], the GELU's output, or its gradient
   * @param row [F]; only for the backward pass
   * @param contextGradient [T, H]; only for the backward pass
   * @param qkvGradient [T, 3H]; only for the backward pass
   */
  record Workspace(
      Attention.Workspace attention,
      FloatMemory wide,
      FloatMemory row,
      FloatMemory contextGradient,
      FloatMemory qkvGradient) {}

  /**
   * Computes the block's output.
   *
   * @param input [T, H]; may be the memory of the output where nothing is kept for a backward pass
   */
  void forward(
      EncoderTensors.Block p, TokenBatch batch, FloatMemory input, Activations a, Workspace w) {
    int tokens = batch.tokens();
    RowKernels.repeat(p.qkvBias(), a.qkv(), tokens, 3 * hidden);
    linear(tokens, hidden, 3 * hidden, input, p.qkvWeight(), 1, a.qkv());
    attention.forward(batch, a.qkv(), a.context(), a.logSums(), w.attention());

    FloatMemory sum = a.attentionKept().sum();
    linear(tokens, hidden, hidden, a.context(), p.outputWeight(), 0, sum);
    norm.addAndNormalize(
        a.attentionKept(), p.outputBias(), input, p.attentionNorm(), a.attended(), tokens);

    linear(tokens, hidden, intermediate, a.attended(), p.upWeight(), 0, a.up());
    GeluKernel.forward(a.up(), p.upBias(), w.wide(), tokens, intermediate);
    linear(tokens, intermediate, hidden, w.wide(), p.downWeight(), 0, a.feedForwardKept().sum());
    norm.addAndNormalize(
        a.feedForwardKept(), p.downBias(), a.attended(), p.feedForwardNorm(), a.output(), tokens);
  }

  /**
   * Adds the gradients of the block's parameters and carries the gradient from output to input.
   *
   * @param p the parameters
   * @param g their gradients: biases and LayerNorms are added to, weights overwritten
   * @param input as in the forward pass
   * @param a of the forward pass; its {@code up} is overwritten
   * @param gradient [T, H]; of the output before, of the input afterwards
   */
  void backward(
      EncoderTensors.Block p,
      EncoderTensors.Block g,
      TokenBatch batch,
      FloatMemory input,
      Activations a,
      FloatMemory gradient,
      Workspace w) {
    int tokens = batch.tokens();
    norm.backward(
        a.feedForwardKept(),
        p.feedForwardNorm(),
        gradient,
        g.feedForwardNorm(),
        g.downBias(),
        tokens);
    linearInputGradient(tokens, intermediate, hidden, gradient, p.downWeight(), 0, w.wide());
    GeluKernel.backward(a.up(), w.wide(), g.upBias(), w.row(), tokens, intermediate);
    linearWeightGradient(tokens, intermediate, hidden, a.up(), gradient, g.downWeight());
    linearWeightGradient(tokens, hidden, intermediate, a.attended(), w.wide(), g.upWeight());
    linearInputGradient(tokens, hidden, intermediate, w.wide(), p.upWeight(), 1, gradient);

    norm.backward(
        a.attentionKept(), p.attentionNorm(), gradient, g.attentionNorm(), g.outputBias(), tokens);
    linearInputGradient(tokens, hidden, hidden, gradient, p.outputWeight(), 0, w.contextGradient());
    linearWeightGradient(tokens, hidden, hidden, a.context(), gradient, g.outputWeight());
    attention.backward(
        batch,
        a.qkv(),
        a.context(),
        a.logSums(),
        w.contextGradient(),
        w.qkvGradient(),
        w.attention());
    RowKernels.addColumnSums(w.qkvGradient(), g.qkvBias(), tokens, 3 * hidden);
    linearWeightGradient(tokens, hidden, 3 * hidden, input, w.qkvGradient(), g.qkvWeight());
    linearInputGradient(tokens, hidden, 3 * hidden, w.qkvGradient(), p.qkvWeight(), 1, gradient);
  }

  /** {@code y = x * weight^T + beta * y} with x [tokens, in] and weight [out, in]. */
  private static void linear(
      int tokens, int in, int out, FloatMemory x, FloatMemory weight, float beta, FloatMemory y) {
    Blas.multiplyTransposed(
        tokens, out, in, 1, matrix(x, in), matrix(weight, in), beta, matrix(y, out));
  }

  /** {@code dx = dy * weight + beta * dx}. */
  private static void linearInputGradient(
      int tokens, int in, int out, FloatMemory dy, FloatMemory weight, float beta, FloatMemory dx) {
    Blas.multiply(tokens, in, out, 1, matrix(dy, out), matrix(weight, in), beta, matrix(dx, in));
  }

  /** {@code dWeight = dy^T * x}. */
  private static void linearWeightGradient(
      int tokens, int in, int out, FloatMemory x, FloatMemory dy, FloatMemory dWeight) {
    Blas.transposedMultiply(
        out, in, tokens, 1, matrix(dy, out), matrix(x, in), 0, matrix(dWeight, in));
  }

  private static Matrix matrix(FloatMemory memory, int columns) {
    return new Matrix(memory, 0, columns);
  }
}
