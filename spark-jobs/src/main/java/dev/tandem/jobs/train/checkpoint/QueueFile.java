package dev.tandem.jobs.train.checkpoint;

import dev.tandem.model.queue.NegativeQueue;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/**
 * The negative queues of a checkpoint as bytes, big-endian: number of queues; for each its worker,
 * places, elements of an embedding, next place; then for each place a byte that says whether it
 * holds an entry, and if so the passage id in modified UTF-8 and the embedding.
 */
final class QueueFile {
  private QueueFile() {}

  static void write(Map<Integer, NegativeQueue.Snapshot> queues, OutputStream stream)
      throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    out.writeInt(queues.size());
    for (Map.Entry<Integer, NegativeQueue.Snapshot> entry : new TreeMap<>(queues).entrySet()) {
      NegativeQueue.Snapshot queue = entry.getValue();
      out.writeInt(entry.getKey());
      out.writeInt(queue.ids().length);
      out.writeInt(queue.dimension());
      out.writeInt(queue.next());
      for (int place = 0; place < queue.ids().length; place++) {
        String id = queue.ids()[place];
        out.writeBoolean(id != null);
        if (id == null) {
          continue;
        }
        out.writeUTF(id);
        for (int i = 0; i < queue.dimension(); i++) {
          out.writeFloat(queue.embeddings()[place * queue.dimension() + i]);
        }
      }
    }
    out.flush();
  }

  static Map<Integer, NegativeQueue.Snapshot> read(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    Map<Integer, NegativeQueue.Snapshot> queues = new TreeMap<>();
    int count = in.readInt();
    for (int q = 0; q < count; q++) {
      int worker = in.readInt();
      String[] ids = new String[in.readInt()];
      int dimension = in.readInt();
      int next = in.readInt();
      float[] embeddings = new float[Math.multiplyExact(ids.length, dimension)];
      for (int place = 0; place < ids.length; place++) {
        if (!in.readBoolean()) {
          continue;
        }
        ids[place] = in.readUTF();
        for (int i = 0; i < dimension; i++) {
          embeddings[place * dimension + i] = in.readFloat();
        }
      }
      queues.put(worker, new NegativeQueue.Snapshot(dimension, ids, embeddings, next));
    }
    return queues;
  }
}
