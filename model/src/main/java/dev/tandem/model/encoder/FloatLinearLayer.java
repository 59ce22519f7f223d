package dev.tandem.model.encoder;

import dev.tandem.model.encoder.Blas.Matrix;

/** A linear layer in float32, by {@link Blas} on the memory as it lies. */
final class FloatLinearLayer implements LinearLayer {

  /**
   * Tokens whose part of a weight's gradient is added at once: oneDNN walks down the columns of
   * both operands, and thousands of rows do not stay in cache for that, which costs a tenth of the
   * speed where one of them is wide. Not measured with OpenBLAS.
   */
  private static final int GRADIENT_TOKENS = 128;

  private final int in;
  private final int out;
  private FloatMemory forwardWeight;
  private FloatMemory backwardWeight;

  FloatLinearLayer(int in, int out) {
    this.in = in;
    this.out = out;
  }

  @Override
  public void readForward(FloatMemory weight) {
    forwardWeight = weight;
  }

  @Override
  public void readBackward(FloatMemory weight) {
    backwardWeight = weight;
  }

  @Override
  public void forward(int tokens, FloatMemory x, boolean add, FloatMemory y) {
    Blas.multiplyTransposed(
        tokens, out, in, 1, matrix(x, in), matrix(forwardWeight, in), add ? 1 : 0, matrix(y, out));
  }

  @Override
  public void inputGradient(int tokens, FloatMemory dy, boolean add, FloatMemory dx) {
    Blas.multiply(
        tokens,
        in,
        out,
        1,
        matrix(dy, out),
        matrix(backwardWeight, in),
        add ? 1 : 0,
        matrix(dx, in));
  }

  @Override
  public void weightGradient(int tokens, FloatMemory x, FloatMemory dy, FloatMemory dWeight) {
    for (int from = 0; from < tokens; from += GRADIENT_TOKENS) {
      Blas.transposedMultiply(
          out,
          in,
          Math.min(GRADIENT_TOKENS, tokens - from),
          1,
          new Matrix(dy, (long) from * out, out),
          new Matrix(x, (long) from * in, in),
          from == 0 ? 0 : 1,
          matrix(dWeight, in));
    }
  }

  private static Matrix matrix(FloatMemory memory, int columns) {
    return new Matrix(memory, 0, columns);
  }
}
