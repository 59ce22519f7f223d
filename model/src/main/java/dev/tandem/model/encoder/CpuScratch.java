package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;

/**
 * All memory of a {@link CpuEncoderEngine} for batches up to a number of tokens and a length, in
 * one of two sizes: for inference one set of activations serves all blocks, for training each block
 * has its own.
 */
final class CpuScratch implements AutoCloseable {

  private final EncoderArchitecture architecture;
  private final boolean training;
  private final Scratch scratch = new Scratch();
  private final List<TransformerBlock.Activations> blocks = new ArrayList<>();
  private int tokens;
  private int longest;
  private LayerNormKernel.Kept embeddingKept;
  private FloatMemory embedded;
  private FloatMemory gradient;
  private TransformerBlock.Workspace workspace;

  CpuScratch(EncoderArchitecture architecture, boolean training) {
    this.architecture = architecture;
    this.training = training;
  }

  /** Makes room for a batch. What was kept is lost where the memory has to grow. */
  void fit(TokenBatch batch) {
    if (batch.tokens() <= tokens && batch.longest() <= longest) {
      return;
    }
    int newTokens = Math.max(tokens, LinearLayer.roundUp(batch.tokens()));
    int newLongest = Math.max(longest, batch.longest());
    close();
    allocate(newTokens, newLongest);
    tokens = newTokens;
    longest = newLongest;
  }

  private void allocate(int newTokens, int newLongest) {
    long h = (long) newTokens * architecture.hiddenSize();
    long f = (long) newTokens * architecture.intermediateSize();
    long square = (long) newLongest * VectorMath.roundUp(newLongest);
    embeddingKept = kept(newTokens, h);
    embedded = scratch.allocate("embeddings", h);
    FloatMemory wide = scratch.allocate("the feed-forward part", f);
    Attention.Workspace attention =
        new Attention.Workspace(
            scratch.allocate("attention", square),
            training ? scratch.allocate("attention", square) : null,
            training ? scratch.allocate("attention", newLongest) : null);
    workspace =
        new TransformerBlock.Workspace(
            attention,
            wide,
            training
                ? scratch.allocate("the feed-forward part", architecture.intermediateSize())
                : null,
            training ? scratch.allocate("gradients", h) : null,
            training ? scratch.allocate("gradients", 3 * h) : null);
    gradient = training ? scratch.allocate("gradients", h) : null;
    if (training) {
      for (int i = 0; i < architecture.layers(); i++) {
        blocks.add(
            activations(
                newTokens,
                scratch.allocate("the feed-forward part", f),
                scratch.allocate("block outputs", h)));
      }
    } else {
      TransformerBlock.Activations shared = activations(newTokens, wide, embedded);
      for (int i = 0; i < architecture.layers(); i++) {
        blocks.add(shared);
      }
    }
  }

  private TransformerBlock.Activations activations(
      int newTokens, FloatMemory up, FloatMemory output) {
    long h = (long) newTokens * architecture.hiddenSize();
    return new TransformerBlock.Activations(
        scratch.allocate("queries, keys and values", 3 * h),
        scratch.allocate("attention", (long) newTokens * architecture.heads()),
        scratch.allocate("attention", h),
        kept(newTokens, h),
        scratch.allocate("attention", h),
        up,
        kept(newTokens, h),
        output);
  }

  private LayerNormKernel.Kept kept(int newTokens, long h) {
    return new LayerNormKernel.Kept(
        scratch.allocate("LayerNorm", h), scratch.allocate("LayerNorm", 2L * newTokens));
  }

  LayerNormKernel.Kept embeddingKept() {
    return embeddingKept;
  }

  /** Output of the embeddings, input of the first block, [tokens, hidden]. */
  FloatMemory embedded() {
    return embedded;
  }

  /** Gradient of token representations, [tokens, hidden]; only for training. */
  FloatMemory gradient() {
    return gradient;
  }

  TransformerBlock.Activations block(int index) {
    return blocks.get(index);
  }

  TransformerBlock.Workspace workspace() {
    return workspace;
  }

  @Override
  public void close() {
    blocks.clear();
    scratch.close();
    tokens = 0;
    longest = 0;
  }
}
