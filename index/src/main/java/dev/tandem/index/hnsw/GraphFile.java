package dev.tandem.index.hnsw;

import dev.tandem.index.vector.VectorPartException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A graph on disk. Big-endian 32-bit numbers: {@code TDMG}, layout version, nodes, levels, entry;
 * for each level from the lowest its number of nodes, the nodes (left out on the lowest), how many
 * neighbours each has, and the neighbours; the CRC-32C of all that at the end.
 */
public final class GraphFile {

  /** What the file's name ends with. */
  public static final String ENDING = ".hnsw";

  private static final int MAGIC = 0x54444D47;
  private static final int LAYOUT = 1;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int HEAD_BYTES = 6 * Integer.BYTES;

  private GraphFile() {}

  /** Writes a graph; the stream stays open. */
  public static void write(NeighbourGraph graph, OutputStream out) throws IOException {
    CRC32C sum = new CRC32C();
    DataOutputStream data =
        new DataOutputStream(
            new BufferedOutputStream(new CheckedOutputStream(out, sum), BUFFER_BYTES));
    data.writeInt(MAGIC);
    data.writeInt(LAYOUT);
    data.writeInt(graph.size());
    data.writeInt(graph.levels().length);
    data.writeInt(graph.entry());
    for (NeighbourGraph.Level level : graph.levels()) {
      data.writeInt(level.count());
      if (level.nodes() != null) {
        writeAll(level.nodes(), data);
      }
      for (int i = 0; i < level.count(); i++) {
        data.writeInt(level.starts()[i + 1] - level.starts()[i]);
      }
      writeAll(level.neighbours(), data);
    }
    data.flush();
    data.writeInt((int) sum.getValue());
    data.flush();
  }

  private static void writeAll(int[] values, DataOutputStream out) throws IOException {
    for (int value : values) {
      out.writeInt(value);
    }
  }

  /**
   * Reads a graph.
   *
   * @param content of the whole file
   * @param nodes how many nodes it must have
   * @param source the file's name for messages
   * @throws VectorPartException if the file is none, cut off, damaged or has other nodes
   */
  public static NeighbourGraph read(byte[] content, int nodes, String source) throws IOException {
    check(content.length >= HEAD_BYTES, source, "it has " + content.length + " bytes");
    ByteBuffer data = ByteBuffer.wrap(content);
    int magic = data.getInt();
    int layout = data.getInt();
    if (magic != MAGIC || layout < 1) {
      throw new VectorPartException(source + " is no graph: it does not start like one");
    }
    if (layout > LAYOUT) {
      throw new VectorPartException(
          source + " has unknown layout " + layout + ", this Tandem reads up to " + LAYOUT);
    }
    CRC32C sum = new CRC32C();
    sum.update(content, 0, content.length - Integer.BYTES);
    check(
        (int) sum.getValue() == data.getInt(content.length - Integer.BYTES),
        source,
        "its CRC-32C differs");
    // From here on the content is what was written; only the part may be another.
    int size = data.getInt();
    check(size == nodes, source, "it has " + size + " nodes, the part " + nodes + " vectors");
    NeighbourGraph.Level[] levels = new NeighbourGraph.Level[data.getInt()];
    int entry = data.getInt();
    for (int l = 0; l < levels.length; l++) {
      int on = data.getInt();
      int[] names = l == 0 ? null : readAll(data, on);
      int[] starts = new int[on + 1];
      for (int i = 0; i < on; i++) {
        starts[i + 1] = starts[i] + data.getInt();
      }
      levels[l] = new NeighbourGraph.Level(names, starts, readAll(data, starts[on]));
    }
    return new NeighbourGraph(entry, levels);
  }

  private static int[] readAll(ByteBuffer data, int count) {
    int[] values = new int[count];
    data.asIntBuffer().get(values);
    data.position(data.position() + Integer.BYTES * count);
    return values;
  }

  private static void check(boolean holds, String source, String what) throws VectorPartException {
    if (!holds) {
      throw new VectorPartException(source + " is damaged: " + what);
    }
  }
}
