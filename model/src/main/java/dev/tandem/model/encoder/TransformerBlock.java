package dev.tandem.model.encoder;

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
   * @param l its linear layers
   * @param p its parameters
   * @param input [T, H]; may be the memory of the output where nothing is kept for a backward pass
   */
  void forward(
      LinearLayers.Block l,
      EncoderTensors.Block p,
      TokenBatch batch,
      FloatMemory input,
      Activations a,
      Workspace w) {
    int tokens = batch.tokens();
    RowKernels.repeat(p.qkvBias(), a.qkv(), tokens, 3 * hidden);
    l.qkv().forward(tokens, input, true, a.qkv());
    attention.forward(batch, a.qkv(), a.context(), a.logSums(), w.attention());

    FloatMemory sum = a.attentionKept().sum();
    l.output().forward(tokens, a.context(), false, sum);
    norm.addAndNormalize(
        a.attentionKept(), p.outputBias(), input, p.attentionNorm(), a.attended(), tokens);

    l.up().forward(tokens, a.attended(), false, a.up());
    GeluKernel.forward(a.up(), p.upBias(), w.wide(), tokens, intermediate);
    l.down().forward(tokens, w.wide(), false, a.feedForwardKept().sum());
    norm.addAndNormalize(
        a.feedForwardKept(), p.downBias(), a.attended(), p.feedForwardNorm(), a.output(), tokens);
  }

  /**
   * Adds the gradients of the block's parameters and carries the gradient from output to input.
   *
   * @param l the linear layers
   * @param p the parameters
   * @param g their gradients: biases and LayerNorms are added to, weights overwritten
   * @param input as in the forward pass
   * @param a of the forward pass; its {@code up} is overwritten
   * @param gradient [T, H]; of the output before, of the input afterwards
   */
  void backward(
      LinearLayers.Block l,
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
    l.down().inputGradient(tokens, gradient, false, w.wide());
    GeluKernel.backward(a.up(), w.wide(), g.upBias(), w.row(), tokens, intermediate);
    l.down().weightGradient(tokens, a.up(), gradient, g.downWeight());
    l.up().weightGradient(tokens, a.attended(), w.wide(), g.upWeight());
    l.up().inputGradient(tokens, w.wide(), true, gradient);

    norm.backward(
        a.attentionKept(), p.attentionNorm(), gradient, g.attentionNorm(), g.outputBias(), tokens);
    l.output().inputGradient(tokens, gradient, false, w.contextGradient());
    l.output().weightGradient(tokens, a.context(), gradient, g.outputWeight());
    attention.backward(
        batch,
        a.qkv(),
        a.context(),
        a.logSums(),
        w.contextGradient(),
        w.qkvGradient(),
        w.attention());
    RowKernels.addColumnSums(w.qkvGradient(), g.qkvBias(), tokens, 3 * hidden);
    l.qkv().weightGradient(tokens, input, w.qkvGradient(), g.qkvWeight());
    l.qkv().inputGradient(tokens, w.qkvGradient(), true, gradient);
  }
}
