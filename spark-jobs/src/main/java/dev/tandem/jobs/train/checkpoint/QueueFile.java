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
 * holds an entry, and if so the passage id in modified UTF-8, the embedding, and a byte that says
 * whether the place has a query, and if so the query's embedding, the number of its known positives
 * and their ids.
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
        write(queue.queries()[place], out);
      }
    }
    out.flush();
  }

  private static void write(NegativeQueue.Query query, DataOutputStream out) throws IOException {
    out.writeBoolean(query != null);
    if (query == null) {
      return;
    }
    for (float value : query.embedding()) {
      out.writeFloat(value);
    }
    out.writeInt(query.knownPositives().length);
    for (String id : query.knownPositives()) {
      out.writeUTF(id);
    }
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
      NegativeQueue.Query[] queries = new NegativeQueue.Query[ids.length];
      for (int place = 0; place < ids.length; place++) {
        if (!in.readBoolean()) {
          continue;
        }
        ids[place] = in.readUTF();
        for (int i = 0; i < dimension; i++) {
          embeddings[place * dimension + i] = in.readFloat();
        }
        queries[place] = in.readBoolean() ? readQuery(dimension, in) : null;
      }
      queues.put(worker, new NegativeQueue.Snapshot(dimension, ids, embeddings, queries, next));
    }
    return queues;
  }

  private static NegativeQueue.Query readQuery(int dimension, DataInputStream in)
      throws IOException {
    float[] embedding = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      embedding[i] = in.readFloat();
    }
    String[] knownPositives = new String[in.readInt()];
    for (int i = 0; i < knownPositives.length; i++) {
      knownPositives[i] = in.readUTF();
    }
    return new NegativeQueue.Query(embedding, knownPositives);
  }
}
