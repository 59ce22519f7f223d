package dev.tandem.model.encoder;

/**
 * The three matrix products of a linear layer with weight [out, in]. Whoever writes rows may write
 * {@value #ROW_MULTIPLE} - 1 more than there are tokens, so memory for rows is made for {@link
 * #roundUp} of them; what stands in those rows means nothing.
 */
interface LinearLayer {

  /** Memory for rows has room for a multiple of so many. */
  int ROW_MULTIPLE = 32;

  /** Rows to make memory for. */
  static int roundUp(int tokens) {
    return Math.addExact(tokens, ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE;
  }

  /**
   * Takes the weight for {@link #forward}, which reads it or what was made of it.
   *
   * @param weight [out, in]; must stay as it is until the next call of this method
   */
  void readForward(FloatMemory weight);

  /** Takes the weight for {@link #inputGradient}, as {@link #readForward}. */
  void readBackward(FloatMemory weight);

  /**
   * {@code y = x * weight^T}, or {@code y += x * weight^T}.
   *
   * @param x [tokens, in]
   * @param add whether to add to what {@code y} holds
   * @param y [tokens, out]
   */
  void forward(int tokens, FloatMemory x, boolean add, FloatMemory y);

  /**
   * {@code dx = dy * weight}, or {@code dx += dy * weight}.
   *
   * @param dy [tokens, out]
   * @param add whether to add to what {@code dx} holds
   * @param dx [tokens, in]
   */
  void inputGradient(int tokens, FloatMemory dy, boolean add, FloatMemory dx);

  /**
   * {@code dWeight = dy^T * x}.
   *
   * @param x [tokens, in]
   * @param dy [tokens, out]
   * @param dWeight [out, in]
   */
  void weightGradient(int tokens, FloatMemory x, FloatMemory dy, FloatMemory dWeight);
}
