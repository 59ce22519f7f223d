package dev.tandem.model.pretrained;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;

/**
 * An encoder read from a model directory or a packed model: everything needed to embed text.
 *
 * @param name where it came from, for messages and model cards
 * @param architecture its shape
 * @param parameters all weights in the order of {@link ParameterLayout}; owned by this record, do
 *     not change
 * @param tokenizer the bytes of its {@code tokenizer.json}
 * @param pooling the pooling it was made for; CLS for a raw encoder
 * @param normalize whether its embeddings are scaled to unit length
 * @param maxLength longest sequence in tokens it was made for
 */
public record PretrainedEncoder(
    String name,
    EncoderArchitecture architecture,
    float[] parameters,
    byte[] tokenizer,
    Pooling pooling,
    boolean normalize,
    int maxLength) {

  public PretrainedEncoder {
    long expected = ParameterLayout.of(architecture).size();
    if (parameters.length != expected) {
      throw new IllegalArgumentException(
          name + " has " + parameters.length + " parameters, its architecture needs " + expected);
    }
  }
}
