package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** The linear layers of all blocks of an encoder, with the weights of the current call. */
final class LinearLayers implements AutoCloseable {

  /** The linear layers of one block. */
  record Block(LinearLayer qkv, LinearLayer output, LinearLayer up, LinearLayer down) {}

  private static final long NONE = 0;

  private final List<Block> blocks = new ArrayList<>();
  private final List<Runnable> closing = new ArrayList<>();
  private long held = NONE;
  private long read = NONE;

  private LinearLayers() {}

  /** The layers of an encoder in a precision. */
  static LinearLayers of(EncoderArchitecture architecture, Compute compute) {
    LinearLayers layers = new LinearLayers();
    BiFunction<Integer, Integer, LinearLayer> layer = FloatLinearLayer::new;
    if (compute == Compute.BFLOAT16) {
      BrainFloatProducts products = new BrainFloatProducts();
      layers.closing.add(products::close);
      layer = (in, out) -> layers.own(new BrainFloatLinearLayer(products, in, out));
    }
    int hidden = architecture.hiddenSize();
    int intermediate = architecture.intermediateSize();
    for (int i = 0; i < architecture.layers(); i++) {
      layers.blocks.add(
          new Block(
              layer.apply(hidden, 3 * hidden),
              layer.apply(hidden, hidden),
              layer.apply(hidden, intermediate),
              layer.apply(intermediate, hidden)));
    }
    return layers;
  }

  private LinearLayer own(BrainFloatLinearLayer layer) {
    closing.add(layer::close);
    return layer;
  }

  Block block(int index) {
    return blocks.get(index);
  }

  /** Takes the weights for a forward pass, unless they are held and taken already. */
  void readForward(EncoderTensors parameters) {
    long address = parameters.flat().address();
    if (address == held && address == read) {
      return;
    }
    for (int i = 0; i < blocks.size(); i++) {
      EncoderTensors.Block p = parameters.block(i);
      Block block = blocks.get(i);
      block.qkv().readForward(p.qkvWeight());
      block.output().readForward(p.outputWeight());
      block.up().readForward(p.upWeight());
      block.down().readForward(p.downWeight());
    }
    read = address;
  }

  /** Takes the weights for a backward pass. */
  void readBackward(EncoderTensors parameters) {
    for (int i = 0; i < blocks.size(); i++) {
      EncoderTensors.Block p = parameters.block(i);
      Block block = blocks.get(i);
      block.qkv().readBackward(p.qkvWeight());
      block.output().readBackward(p.outputWeight());
      block.up().readBackward(p.upWeight());
      block.down().readBackward(p.downWeight());
    }
  }

  /** From now on these parameters keep their values, see {@link EncoderEngine#hold}. */
  void hold(EncoderTensors parameters) {
    release();
    held = parameters.flat().address();
  }

  /** Ends what {@link #hold} began. */
  void release() {
    held = NONE;
    read = NONE;
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    closing.clear();
  }
}
