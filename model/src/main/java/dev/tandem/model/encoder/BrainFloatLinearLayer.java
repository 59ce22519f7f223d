package dev.tandem.model.encoder;

/**
 * A linear layer whose products multiply bfloat16 numbers. The weight is converted when it is read,
 * into one copy for the forward pass and one for the backward pass, as each wants it laid out
 * otherwise.
 */
final class BrainFloatLinearLayer implements LinearLayer, AutoCloseable {

  private final BrainFloatProducts products;
  private final int in;
  private final int out;
  private final ByteMemory forwardWeight = new ByteMemory();
  private final ByteMemory backwardWeight = new ByteMemory();

  /** A layer without a weight; the products stay the caller's. */
  BrainFloatLinearLayer(BrainFloatProducts products, int in, int out) {
    this.products = products;
    this.in = in;
    this.out = out;
  }

  @Override
  public void readForward(FloatMemory weight) {
    products.pack(in, out, weight, true, forwardWeight);
  }

  @Override
  public void readBackward(FloatMemory weight) {
    products.pack(out, in, weight, false, backwardWeight);
  }

  @Override
  public void forward(int tokens, FloatMemory x, boolean add, FloatMemory y) {
    products.multiplyPacked(tokens, in, out, x, forwardWeight, add, y);
  }

  @Override
  public void inputGradient(int tokens, FloatMemory dy, boolean add, FloatMemory dx) {
    products.multiplyPacked(tokens, out, in, dy, backwardWeight, add, dx);
  }

  @Override
  public void weightGradient(int tokens, FloatMemory x, FloatMemory dy, FloatMemory dWeight) {
    products.multiplyTransposed(tokens, out, in, dy, x, dWeight);
  }

  @Override
  public void close() {
    forwardWeight.close();
    backwardWeight.close();
  }
}
