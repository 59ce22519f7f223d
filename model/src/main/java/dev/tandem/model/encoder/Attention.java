package dev.tandem.model.encoder;

import dev.tandem.model.encoder.Blas.Matrix;

/**
 * Scaled dot-product attention over packed texts. Queries, keys and values of a token lie side by
 * side in one row of [tokens, 3 * hidden], heads side by side within each; a head of a text is thus
 * a strided sub-matrix, and nothing is moved.
 *
 * <p>The backward pass recomputes the probabilities from the kept logarithms of the softmax sums:
 * that costs about what storing and loading them would, and memory stays linear in the length.
 */
final class Attention {

  private final int hidden;
  private final int heads;
  private final int headSize;
  private final float scale;

  Attention(EncoderArchitecture architecture) {
    hidden = architecture.hiddenSize();
    heads = architecture.heads();
    headSize = architecture.headSize();
    scale = (float) (1 / Math.sqrt(headSize));
  }

  /**
   * Space for one text and head.
   *
   * @param scores [longest, longest rounded up to whole vectors]
   * @param gradient of the same shape; only for the backward pass
   * @param products [longest]; only for the backward pass
   */
  record Workspace(FloatMemory scores, FloatMemory gradient, FloatMemory products) {}

  /**
   * Attends within each text.
   *
   * @param qkv [tokens, 3 * hidden]
   * @param context receives the attended values, [tokens, hidden]
   * @param logSums receives what the backward pass needs, [heads, tokens]
   */
  void forward(
      TokenBatch batch,
      FloatMemory qkv,
      FloatMemory context,
      FloatMemory logSums,
      Workspace workspace) {
    for (int text = 0; text < batch.texts(); text++) {
      int first = batch.offsets()[text];
      int length = batch.length(text);
      int stride = VectorMath.roundUp(length);
      Matrix scores = new Matrix(workspace.scores(), 0, stride);
      for (int head = 0; head < heads; head++) {
        long sumsAt = (long) head * batch.tokens() + first;
        score(length, qkv, first, head, scores);
        SoftmaxKernel.forward(workspace.scores(), length, stride, logSums, sumsAt);
        Blas.multiply(
            length,
            headSize,
            length,
            1,
            scores,
            part(qkv, first, 2, head),
            0,
            headOf(context, first, head));
      }
    }
  }

  private void score(int length, FloatMemory qkv, int first, int head, Matrix scores) {
    Blas.multiplyTransposed(
        length,
        length,
        headSize,
        scale,
        part(qkv, first, 0, head),
        part(qkv, first, 1, head),
        0,
        scores);
  }

  /**
   * Gradient of queries, keys and values.
   *
   * @param qkv from the forward pass
   * @param context from the forward pass
   * @param logSums from the forward pass
   * @param contextGradient [tokens, hidden]
   * @param qkvGradient receives the gradient, [tokens, 3 * hidden]
   */
  void backward(
      TokenBatch batch,
      FloatMemory qkv,
      FloatMemory context,
      FloatMemory logSums,
      FloatMemory contextGradient,
      FloatMemory qkvGradient,
      Workspace workspace) {
    for (int text = 0; text < batch.texts(); text++) {
      int first = batch.offsets()[text];
      int length = batch.length(text);
      int stride = VectorMath.roundUp(length);
      Matrix scores = new Matrix(workspace.scores(), 0, stride);
      Matrix gradient = new Matrix(workspace.gradient(), 0, stride);
      for (int head = 0; head < heads; head++) {
        Matrix query = part(qkv, first, 0, head);
        Matrix key = part(qkv, first, 1, head);
        Matrix value = part(qkv, first, 2, head);
        Matrix dContext = headOf(contextGradient, first, head);

        score(length, qkv, first, head, scores);
        Blas.multiplyTransposed(length, length, headSize, 1, dContext, value, 0, gradient);
        sumProducts(length, headOf(context, first, head), dContext, workspace.products());
        SoftmaxKernel.backward(
            workspace.scores(),
            workspace.gradient(),
            length,
            stride,
            logSums,
            (long) head * batch.tokens() + first,
            workspace.products());

        Blas.transposedMultiply(
            length, headSize, length, 1, scores, dContext, 0, part(qkvGradient, first, 2, head));
        Blas.multiply(
            length, headSize, length, scale, gradient, key, 0, part(qkvGradient, first, 0, head));
        Blas.transposedMultiply(
            length, headSize, length, scale, gradient, query, 0, part(qkvGradient, first, 1, head));
      }
    }
  }

  /**
   * A row's probabilities times their gradient sum up to its context times the context's gradient.
   */
  private void sumProducts(int length, Matrix context, Matrix gradient, FloatMemory products) {
    for (int row = 0; row < length; row++) {
      long skip = (long) row * hidden;
      products.put(
          row,
          RowKernels.dot(
              context.memory(),
              context.offset() + skip,
              gradient.memory(),
              gradient.offset() + skip,
              headSize));
    }
  }

  /** The queries (0), keys (1) or values (2) of a head for the tokens from {@code first} on. */
  private Matrix part(FloatMemory qkv, int first, int which, int head) {
    long offset = 3L * hidden * first + (long) which * hidden + (long) head * headSize;
    return new Matrix(qkv, offset, 3 * hidden);
  }

  private Matrix headOf(FloatMemory rows, int first, int head) {
    return new Matrix(rows, (long) hidden * first + (long) head * headSize, hidden);
  }
}
