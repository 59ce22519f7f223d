package dev.tandem.model.pretrained;

import dev.tandem.model.encoder.EncoderArchitecture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;

/**
 * The weights of a BERT encoder that was exported from PyTorch to ONNX.
 *
 * <p>The exporter keeps the names of biases, embeddings and norms, but stores linear weights
 * transposed as [in, out] under numbers. Such a weight gets its name back from the bias that is
 * added to its product, or else from the name of the MatMul node.
 */
final class OnnxWeights implements WeightFile {

  private record Stored(TensorProto tensor, boolean transposed) {}

  private final String location;
  private final GraphProto graph;
  private final Map<String, TensorProto> constants = new HashMap<>();
  private final Map<String, Stored> stored = new HashMap<>();
  private final Map<String, int[]> shapes = new TreeMap<>();

  private OnnxWeights(String location, GraphProto graph) throws ModelFormatException {
    this.location = location;
    this.graph = graph;
    index();
  }

  /**
   * Reads an ONNX model.
   *
   * @param in the file, read to its end
   * @param location its name for messages
   * @throws ModelFormatException if it is no ONNX model, or a quantized one, or its weights lie in
   *     another file
   */
  static OnnxWeights read(InputStream in, String location) throws IOException {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          location + " is not a complete ONNX model: " + e.getMessage(), e);
    }
    GraphProto graph = model.getGraph();
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("DynamicQuantizeLinear")
          || node.getOpType().equals("MatMulInteger")) {
        throw new ModelFormatException(
            location + " is quantized (" + node.getOpType() + "); give the float32 model instead");
      }
    }
    return new OnnxWeights(location, graph);
  }

  private void index() throws ModelFormatException {
    Map<String, TensorProto> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      initializers.put(tensor.getName(), tensor);
      constants.put(tensor.getName(), tensor);
    }
    Map<String, String> biasOfProduct = new HashMap<>();
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Constant")) {
        for (AttributeProto attribute : node.getAttributeList()) {
          if (attribute.getName().equals("value")) {
            constants.put(node.getOutput(0), attribute.getT());
          }
        }
      } else if (node.getOpType().equals("Add") && node.getInputCount() == 2) {
        for (int i = 0; i < 2; i++) {
          if (initializers.containsKey(node.getInput(i)) && node.getInput(i).endsWith(".bias")) {
            biasOfProduct.put(node.getInput(1 - i), node.getInput(i));
          }
        }
      }
    }
    for (TensorProto tensor : initializers.values()) {
      add(WeightFile.canonicalName(tensor.getName()), tensor, false);
    }
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("MatMul") && initializers.containsKey(node.getInput(1))) {
        TensorProto weight = initializers.get(node.getInput(1));
        String bias = biasOfProduct.get(node.getOutput(0));
        String module =
            bias != null
                ? bias.substring(0, bias.length() - ".bias".length())
                : node.getName().replaceAll("^/|/MatMul(_\\d+)?$", "").replace('/', '.');
        if (weight.getDimsCount() == 2) {
          add(WeightFile.canonicalName(module + ".weight"), weight, true);
        }
      }
    }
  }

  private void add(String name, TensorProto tensor, boolean transposed)
      throws ModelFormatException {
    if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()) {
      return;
    }
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new ModelFormatException(
          location
              + ": tensor "
              + tensor.getName()
              + " lies in another file (external data); save the model as one file");
    }
    int[] shape = new int[tensor.getDimsCount()];
    long size = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = Math.toIntExact(tensor.getDims(transposed ? shape.length - 1 - i : i));
      size *= shape[i];
    }
    long found =
        !tensor.getRawData().isEmpty()
            ? tensor.getRawData().size() / Float.BYTES
            : tensor.getFloatDataCount();
    if (found != size) {
      throw new ModelFormatException(
          location
              + ": tensor "
              + tensor.getName()
              + " holds "
              + found
              + " values, its shape "
              + tensor.getDimsList()
              + " needs "
              + size);
    }
    stored.put(name, new Stored(tensor, transposed));
    shapes.put(name, shape);
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Map<String, int[]> shapes() {
    return shapes;
  }

  @Override
  public void read(String name, float[] target, int offset) {
    Stored source = stored.get(name);
    int[] shape = shapes.get(name);
    float[] values = values(source.tensor());
    if (!source.transposed()) {
      System.arraycopy(values, 0, target, offset, values.length);
      return;
    }
    int out = shape[0];
    int in = shape[1];
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        target[offset + o * in + i] = values[i * out + o];
      }
    }
  }

  private static float[] values(TensorProto tensor) {
    if (!tensor.getRawData().isEmpty()) {
      FloatBuffer buffer =
          tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    }
    float[] values = new float[tensor.getFloatDataCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.getFloatData(i);
    }
    return values;
  }

  /**
   * The architecture as the graph tells it: sizes from the tensors, the number of heads and
   * LayerNorm's epsilon from constants of the graph.
   *
   * @throws ModelFormatException if the graph is not a BERT encoder as PyTorch exports it
   */
  EncoderArchitecture architecture() throws ModelFormatException {
    int[] words = shape("embeddings.word_embeddings.weight", 2);
    int[] positions = shape("embeddings.position_embeddings.weight", 2);
    int[] types = shape("embeddings.token_type_embeddings.weight", 2);
    int[] intermediate = shape("encoder.layer.0.intermediate.dense.weight", 2);
    int layers = 0;
    while (shapes.containsKey("encoder.layer." + layers + ".output.dense.bias")) {
      layers++;
    }
    return new EncoderArchitecture(
        words[0],
        words[1],
        layers,
        heads(words[1]),
        intermediate[0],
        positions[0],
        types[0],
        layerNormEpsilon());
  }

  private int[] shape(String name, int dimensions) throws ModelFormatException {
    int[] shape = shapes.get(name);
    if (shape == null || shape.length != dimensions) {
      throw new ModelFormatException(location + " is not a BERT encoder: it has no matrix " + name);
    }
    return shape;
  }

  /** From the [.., heads, head size] that the query, key and value are reshaped to. */
  private int heads(int hidden) throws ModelFormatException {
    for (NodeProto node : graph.getNodeList()) {
      int inputs = node.getInputCount();
      if (node.getOpType().equals("Concat")
          && inputs == 4
          && node.getName().contains("/attention/self/")) {
        long heads = integer(node.getInput(2));
        if (heads > 0 && heads * integer(node.getInput(3)) == hidden) {
          return Math.toIntExact(heads);
        }
      }
    }
    throw new ModelFormatException(
        location + ": the number of attention heads is not to be found in the graph");
  }

  private long integer(String output) {
    TensorProto tensor = constants.get(output);
    if (tensor == null || tensor.getDataType() != TensorProto.DataType.INT64.getNumber()) {
      return -1;
    }
    if (!tensor.getRawData().isEmpty() && tensor.getRawData().size() == Long.BYTES) {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer();
      return raw.order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
    return tensor.getInt64DataCount() == 1 ? tensor.getInt64Data(0) : -1;
  }

  private double layerNormEpsilon() throws ModelFormatException {
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Add") && node.getName().endsWith("embeddings/LayerNorm/Add")) {
        for (String input : List.copyOf(node.getInputList())) {
          TensorProto constant = constants.get(input);
          if (constant != null && values(constant).length == 1) {
            // The shortest decimal of the float is the number that config.json had.
            return Double.parseDouble(Float.toString(values(constant)[0]));
          }
        }
      }
    }
    throw new ModelFormatException(
        location + ": LayerNorm's epsilon is not to be found in the graph");
  }

  @Override
  public void close() {
    stored.clear();
  }
}
