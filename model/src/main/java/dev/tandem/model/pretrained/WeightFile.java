package dev.tandem.model.pretrained;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/**
 * Named float tensors of a model file, read one at a time so that no second copy of a model is in
 * memory. Not thread-safe.
 */
interface WeightFile extends Closeable {

  /** Where the tensors come from, for messages. */
  String location();

  /** Shape of every float tensor, by its name in Hugging Face's naming, without a prefix. */
  Map<String, int[]> shapes();

  /**
   * Reads one tensor row-major, linear weights as [out, in].
   *
   * @param name a key of {@link #shapes()}
   * @param target receives the values
   * @param offset index of the first value in {@code target}
   * @throws ModelFormatException if the file ends early
   */
  void read(String name, float[] target, int offset) throws IOException;

  @Override
  void close() throws IOException;

  /**
   * A tensor name as {@link dev.tandem.model.encoder.ParameterLayout} writes it: without the prefix
   * of the model it was saved in, and with today's names for LayerNorm's parameters.
   */
  static String canonicalName(String name) {
    String canonical = name;
    boolean stripped = true;
    while (stripped) {
      stripped = false;
      for (String prefix : new String[] {"model.", "bert.", "auto_model.", "0."}) {
        if (canonical.startsWith(prefix)) {
          canonical = canonical.substring(prefix.length());
          stripped = true;
        }
      }
    }
    return canonical
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias");
  }
}
