package dev.tandem.model.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Matrix views of a flat array by tensor name, vectors as [1, width]; parameters or gradients. */
final class TensorViews {

  private final INDArray flat;
  private final ParameterLayout layout;
  private final String prefix;

  TensorViews(INDArray flat, ParameterLayout layout) {
    this(flat, layout, "");
  }

  private TensorViews(INDArray flat, ParameterLayout layout, String prefix) {
    this.flat = flat;
    this.layout = layout;
    this.prefix = prefix;
  }

  /** The views of one block, whose names then need no prefix. */
  TensorViews block(int index) {
    return new TensorViews(flat, layout, "encoder.layer." + index + ".");
  }

  INDArray get(String name) {
    ParameterLayout.Tensor tensor = layout.tensor(prefix + name);
    return slice(tensor.offset(), tensor.rows(), tensor.columns());
  }

  /** Query, key and value weights below each other, [3 * hidden, hidden]. */
  INDArray qkvWeight() {
    ParameterLayout.Tensor query = layout.tensor(prefix + "attention.self.query.weight");
    return slice(query.offset(), 3 * query.rows(), query.columns());
  }

  /** Query, key and value biases side by side, [1, 3 * hidden]. */
  INDArray qkvBias() {
    ParameterLayout.Tensor query = layout.tensor(prefix + "attention.self.query.bias");
    return slice(query.offset(), 1, 3 * query.columns());
  }

  private INDArray slice(long offset, int rows, int columns) {
    long end = offset + (long) rows * columns;
    return flat.reshape(flat.length())
        .get(NDArrayIndex.interval(offset, end))
        .reshape('c', rows, columns);
  }
}
