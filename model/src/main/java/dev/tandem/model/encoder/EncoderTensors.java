package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.List;

/** The tensors of an encoder as views of one flat stretch of memory: parameters, or gradients. */
final class EncoderTensors {

  /**
   * The tensors of one block; linear weights are [out, in].
   *
   * @param qkvWeight query, key and value weights below each other, [3 * hidden, hidden]
   */
  record Block(
      FloatMemory qkvWeight,
      FloatMemory qkvBias,
      FloatMemory outputWeight,
      FloatMemory outputBias,
      LayerNormKernel.Parameters attentionNorm,
      FloatMemory upWeight,
      FloatMemory upBias,
      FloatMemory downWeight,
      FloatMemory downBias,
      LayerNormKernel.Parameters feedForwardNorm) {}

  private final FloatMemory flat;
  private final ParameterLayout layout;
  private final FloatMemory words;
  private final FloatMemory positions;
  private final FloatMemory types;
  private final LayerNormKernel.Parameters embeddingNorm;
  private final List<Block> blocks = new ArrayList<>();

  EncoderTensors(FloatMemory flat, EncoderArchitecture architecture, ParameterLayout layout) {
    this.flat = flat;
    this.layout = layout;
    words = view("embeddings.word_embeddings.weight");
    positions = view("embeddings.position_embeddings.weight");
    types = view("embeddings.token_type_embeddings.weight");
    embeddingNorm = norm("embeddings.LayerNorm");
    for (int i = 0; i < architecture.layers(); i++) {
      blocks.add(block("encoder.layer." + i + ".", architecture.hiddenSize()));
    }
  }

  private Block block(String prefix, int hidden) {
    long weightAt = layout.tensor(prefix + "attention.self.query.weight").offset();
    long biasAt = layout.tensor(prefix + "attention.self.query.bias").offset();
    return new Block(
        flat.view(weightAt, 3L * hidden * hidden),
        flat.view(biasAt, 3L * hidden),
        view(prefix + "attention.output.dense.weight"),
        view(prefix + "attention.output.dense.bias"),
        norm(prefix + "attention.output.LayerNorm"),
        view(prefix + "intermediate.dense.weight"),
        view(prefix + "intermediate.dense.bias"),
        view(prefix + "output.dense.weight"),
        view(prefix + "output.dense.bias"),
        norm(prefix + "output.LayerNorm"));
  }

  private FloatMemory view(String name) {
    ParameterLayout.Tensor tensor = layout.tensor(name);
    return flat.view(tensor.offset(), tensor.size());
  }

  private LayerNormKernel.Parameters norm(String name) {
    return new LayerNormKernel.Parameters(view(name + ".weight"), view(name + ".bias"));
  }

  FloatMemory flat() {
    return flat;
  }

  FloatMemory words() {
    return words;
  }

  FloatMemory positions() {
    return positions;
  }

  FloatMemory types() {
    return types;
  }

  LayerNormKernel.Parameters embeddingNorm() {
    return embeddingNorm;
  }

  Block block(int index) {
    return blocks.get(index);
  }
}
