package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The float tensors of a {@code model.safetensors}: eight bytes with the header's length, the
 * header as JSON, then the values, little-endian. F32, F16 and BF16 are read as float; tensors of
 * integers are left out.
 */
final class SafetensorsFile implements WeightFile {

  /** The limit that the reference implementation sets as well. */
  private static final long LONGEST_HEADER = 100_000_000;

  private static final int CHUNK = 1 << 20;

  private enum Type {
    F32(4),
    F16(2),
    BF16(2);

    final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }
  }

  private record Stored(Type type, long start, int size) {}

  private final Path path;
  private final long fileLength;
  private final FSDataInputStream in;
  private final Map<String, Stored> stored = new HashMap<>();
  private final Map<String, int[]> shapes = new TreeMap<>();
  private final byte[] chunk = new byte[CHUNK];

  private SafetensorsFile(Path path, long fileLength, FSDataInputStream in) {
    this.path = path;
    this.fileLength = fileLength;
    this.in = in;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws ModelFormatException if the file is cut off or its header is not consistent
   */
  static SafetensorsFile open(FileSystem fileSystem, Path path) throws IOException {
    long length = fileSystem.getFileStatus(path).getLen();
    FSDataInputStream in = fileSystem.open(path);
    SafetensorsFile file = new SafetensorsFile(path, length, in);
    try {
      file.readHeader();
      return file;
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private void readHeader() throws IOException {
    if (fileLength < 8) {
      throw damaged("has " + fileLength + " bytes, too few for a safetensors file");
    }
    byte[] prefix = new byte[8];
    in.readFully(prefix);
    long headerLength = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerLength < 2 || headerLength > LONGEST_HEADER || headerLength > fileLength - 8) {
      throw damaged(
          "says that its header has "
              + headerLength
              + " bytes, but the file has "
              + fileLength
              + "; it is damaged, cut off, or no safetensors file (a git-lfs pointer?)");
    }
    byte[] header = new byte[(int) headerLength];
    in.readFully(header);
    JsonNode tensors;
    try {
      tensors = new ObjectMapper().readTree(header);
    } catch (IOException e) {
      throw new ModelFormatException(path + " has a header that is no JSON: " + e.getMessage(), e);
    }
    Iterator<Map.Entry<String, JsonNode>> fields = tensors.fields();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (!field.getKey().equals("__metadata__")) {
        add(field.getKey(), field.getValue(), 8 + headerLength);
      }
    }
  }

  private void add(String name, JsonNode entry, long dataStart) throws ModelFormatException {
    JsonNode offsets = entry.path("data_offsets");
    if (!entry.path("shape").isArray() || offsets.size() != 2 || !offsets.isArray()) {
      throw damaged("describes tensor " + name + " without shape or data_offsets: " + entry);
    }
    long start = offsets.get(0).asLong(-1);
    long end = offsets.get(1).asLong(-1);
    if (start < 0 || end < start || dataStart + end > fileLength) {
      throw damaged(
          "puts tensor "
              + name
              + " at bytes "
              + start
              + " to "
              + end
              + " of "
              + (fileLength - dataStart)
              + " bytes of values; the file is cut off or damaged");
    }
    Type type = type(entry.path("dtype").asText());
    if (type == null) {
      return;
    }
    long size = 1;
    int[] shape = new int[entry.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = entry.get("shape").get(i).asInt(-1);
      size *= shape[i];
    }
    if (size * type.bytes != end - start) {
      throw damaged(
          "gives tensor "
              + name
              + " of shape "
              + entry.get("shape")
              + " "
              + (end - start)
              + " bytes, expected "
              + size * type.bytes);
    }
    String canonical = WeightFile.canonicalName(name);
    stored.put(canonical, new Stored(type, dataStart + start, Math.toIntExact(size)));
    shapes.put(canonical, shape);
  }

  private static Type type(String name) {
    for (Type type : Type.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }

  private ModelFormatException damaged(String what) {
    return new ModelFormatException(path + " " + what);
  }

  @Override
  public String location() {
    return path.toString();
  }

  @Override
  public Map<String, int[]> shapes() {
    return shapes;
  }

  @Override
  public void read(String name, float[] target, int offset) throws IOException {
    Stored tensor = stored.get(name);
    in.seek(tensor.start());
    int done = 0;
    while (done < tensor.size()) {
      int count = Math.min(CHUNK / tensor.type().bytes, tensor.size() - done);
      try {
        in.readFully(chunk, 0, count * tensor.type().bytes);
      } catch (EOFException e) {
        throw new ModelFormatException(path + " ends inside tensor " + name, e);
      }
      convert(tensor.type(), count, target, offset + done);
      done += count;
    }
  }

  private void convert(Type type, int count, float[] target, int offset) {
    ByteBuffer bytes = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case F32 -> bytes.asFloatBuffer().get(target, offset, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = Float.intBitsToFloat(bytes.getShort() << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = halfToFloat(bytes.getShort());
        }
      }
    }
  }

  /** The value of an IEEE 754 half; {@code Float.float16ToFloat} came with Java 20. */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    if (exponent == 0) {
      float subnormal = mantissa * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int bits = exponent == 31 ? 0x7f800000 : (exponent + 112) << 23;
    return Float.intBitsToFloat(sign | bits | mantissa << 13);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
