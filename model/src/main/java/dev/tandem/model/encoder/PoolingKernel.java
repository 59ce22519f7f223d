package dev.tandem.model.encoder;

/** Makes one embedding a text of its token representations, and carries the gradient back. */
final class PoolingKernel {

  private final Pooling pooling;
  private final int hidden;

  /** For {@link Pooling#MAX}: the token that each value came from, [texts, hidden]. */
  private int[] winners = {};

  PoolingKernel(Pooling pooling, int hidden) {
    this.pooling = pooling;
    this.hidden = hidden;
  }

  /**
   * Pools.
   *
   * @param tokens token representations, [tokens, hidden]
   * @param embeddings receives [texts, hidden], from row {@code firstRow} on
   */
  void forward(TokenBatch batch, FloatMemory tokens, FloatMemory embeddings, int firstRow) {
    if (pooling == Pooling.MAX && winners.length < batch.texts() * hidden) {
      winners = new int[batch.texts() * hidden];
    }
    for (int text = 0; text < batch.texts(); text++) {
      long target = (long) (firstRow + text) * hidden;
      RowKernels.copy(tokens, (long) batch.offsets()[text] * hidden, embeddings, target, hidden);
      switch (pooling) {
        case CLS -> {}
        case MEAN -> mean(batch, text, tokens, embeddings, target);
        case MAX -> max(batch, text, tokens, embeddings, target);
      }
    }
  }

  private void mean(
      TokenBatch batch, int text, FloatMemory tokens, FloatMemory embeddings, long target) {
    for (int token = batch.offsets()[text] + 1; token < batch.offsets()[text + 1]; token++) {
      RowKernels.add(tokens, (long) token * hidden, embeddings, target, hidden);
    }
    RowKernels.scale(embeddings, target, hidden, 1f / batch.length(text));
  }

  private void max(
      TokenBatch batch, int text, FloatMemory tokens, FloatMemory embeddings, long target) {
    int first = batch.offsets()[text];
    for (int i = 0; i < hidden; i++) {
      int winner = first;
      float best = tokens.get((long) first * hidden + i);
      for (int token = first + 1; token < batch.offsets()[text + 1]; token++) {
        float value = tokens.get((long) token * hidden + i);
        if (value > best) {
          best = value;
          winner = token;
        }
      }
      embeddings.put(target + i, best);
      winners[text * hidden + i] = winner;
    }
  }

  /**
   * Gradient of the token representations, for the batch of the last forward pass.
   *
   * @param embeddingGradient [texts, hidden]
   * @param gradient receives [tokens, hidden]
   */
  void backward(TokenBatch batch, FloatMemory embeddingGradient, FloatMemory gradient) {
    gradient.view(0, (long) batch.tokens() * hidden).clear();
    for (int text = 0; text < batch.texts(); text++) {
      long source = (long) text * hidden;
      long first = (long) batch.offsets()[text] * hidden;
      switch (pooling) {
        case CLS -> RowKernels.copy(embeddingGradient, source, gradient, first, hidden);
        case MEAN -> {
          RowKernels.copy(embeddingGradient, source, gradient, first, hidden);
          RowKernels.scale(gradient, first, hidden, 1f / batch.length(text));
          for (int token = 1; token < batch.length(text); token++) {
            RowKernels.copy(gradient, first, gradient, first + (long) token * hidden, hidden);
          }
        }
        case MAX -> {
          for (int i = 0; i < hidden; i++) {
            long winner = winners[text * hidden + i];
            gradient.put(winner * hidden + i, embeddingGradient.get(source + i));
          }
        }
      }
    }
  }
}
