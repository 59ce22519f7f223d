package dev.tandem.model.encoder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each tensor of an encoder lies in the one flat parameter view.
 *
 * <p>Tensors carry their Hugging Face names ({@code encoder.layer.0.attention.self.query.weight})
 * and their Hugging Face shapes, row-major, linear weights as [out, in]; each is one contiguous
 * slice. Query, key and value weights of a block are neighbours, so the three read as one [3 *
 * hidden, hidden] matrix; so do their biases.
 */
public final class ParameterLayout {

  /**
   * One tensor of the layout.
   *
   * @param name its Hugging Face name, without a leading {@code bert.}
   * @param offset index of its first element in the flat view
   * @param rows first dimension; 1 for a vector
   * @param columns last dimension
   * @param vector whether the stored tensor has one dimension
   */
  public record Tensor(String name, long offset, int rows, int columns, boolean vector) {

    /** Number of elements. */
    public long size() {
      return (long) rows * columns;
    }
  }

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final long size;

  private ParameterLayout(EncoderArchitecture a) {
    int h = a.hiddenSize();
    int f = a.intermediateSize();
    List<Tensor> list = new ArrayList<>();
    matrix(list, "embeddings.word_embeddings.weight", a.vocabularySize(), h);
    matrix(list, "embeddings.position_embeddings.weight", a.maxPositions(), h);
    matrix(list, "embeddings.token_type_embeddings.weight", a.typeVocabularySize(), h);
    norm(list, "embeddings.LayerNorm", h);
    for (int i = 0; i < a.layers(); i++) {
      String block = "encoder.layer." + i + ".";
      for (String part : List.of("query", "key", "value")) {
        matrix(list, block + "attention.self." + part + ".weight", h, h);
      }
      for (String part : List.of("query", "key", "value")) {
        vector(list, block + "attention.self." + part + ".bias", h);
      }
      matrix(list, block + "attention.output.dense.weight", h, h);
      vector(list, block + "attention.output.dense.bias", h);
      norm(list, block + "attention.output.LayerNorm", h);
      matrix(list, block + "intermediate.dense.weight", f, h);
      vector(list, block + "intermediate.dense.bias", f);
      matrix(list, block + "output.dense.weight", h, f);
      vector(list, block + "output.dense.bias", h);
      norm(list, block + "output.LayerNorm", h);
    }
    list.forEach(t -> tensors.put(t.name(), t));
    Tensor last = list.get(list.size() - 1);
    size = last.offset() + last.size();
  }

  /** The layout of an architecture; equal architectures have equal layouts. */
  public static ParameterLayout of(EncoderArchitecture architecture) {
    return new ParameterLayout(architecture);
  }

  private static void matrix(List<Tensor> list, String name, int rows, int columns) {
    list.add(new Tensor(name, end(list), rows, columns, false));
  }

  private static void vector(List<Tensor> list, String name, int columns) {
    list.add(new Tensor(name, end(list), 1, columns, true));
  }

  private static void norm(List<Tensor> list, String name, int columns) {
    vector(list, name + ".weight", columns);
    vector(list, name + ".bias", columns);
  }

  private static long end(List<Tensor> list) {
    if (list.isEmpty()) {
      return 0;
    }
    Tensor last = list.get(list.size() - 1);
    return last.offset() + last.size();
  }

  /** All tensors in the order of the flat view. */
  public List<Tensor> tensors() {
    return List.copyOf(tensors.values());
  }

  /**
   * The tensor of a name.
   *
   * @throws IllegalArgumentException if the layout has no tensor of this name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no parameter named " + name);
    }
    return tensor;
  }

  /** Number of elements of the flat view. */
  public long size() {
    return size;
  }
}
