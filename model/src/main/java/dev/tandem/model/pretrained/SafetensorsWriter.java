package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.model.encoder.ParameterLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes the flat parameter view as safetensors, F32, in the order of its layout. */
final class SafetensorsWriter {

  private static final int CHUNK = 1 << 18;

  private SafetensorsWriter() {}

  static void write(OutputStream out, ParameterLayout layout, float[] parameters)
      throws IOException {
    byte[] header = header(layout);
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    out.write(header);
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int done = 0; done < parameters.length; done += CHUNK) {
      int count = Math.min(CHUNK, parameters.length - done);
      bytes.asFloatBuffer().put(parameters, done, count);
      out.write(bytes.array(), 0, count * Float.BYTES);
    }
  }

  /** Padded with spaces to a multiple of eight, so that the values can be mapped in place. */
  private static byte[] header(ParameterLayout layout) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.putObject("__metadata__").put("format", "pt");
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      ObjectNode entry = root.putObject(tensor.name()).put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      if (!tensor.vector()) {
        shape.add(tensor.rows());
      }
      shape.add(tensor.columns());
      entry
          .putArray("data_offsets")
          .add(tensor.offset() * Float.BYTES)
          .add((tensor.offset() + tensor.size()) * Float.BYTES);
    }
    byte[] json = mapper.writeValueAsBytes(root);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }
}
