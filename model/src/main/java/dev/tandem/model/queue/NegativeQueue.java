package dev.tandem.model.queue;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The last passage embeddings a worker has seen, with their passage ids and, where they are kept,
 * the queries that they answer: a ring of fixed capacity in which the newest entries replace the
 * oldest.
 *
 * <p>Entries of a round of training are staged: the worker sees them at once, but they can be taken
 * back. A task that Spark runs again must not push twice, so a worker opens each round with {@link
 * #begin}: a new round makes what the previous one staged final; the same round once more means a
 * retry and takes back what the failed or lost attempt staged. {@link #commit} and {@link
 * #rollback} do either explicitly.
 *
 * <p>Embeddings are detached copies on the heap. Not thread-safe: it belongs to the worker that
 * leases it, and whoever hands it to another thread must do so through a lock or another
 * happens-before edge.
 */
public final class NegativeQueue {
  private static final long NO_ROUND = -1;

  private final int capacity;
  private final int dimension;
  private State state;

  /** The state without what is staged, or null where nothing is staged. */
  private State committed;

  private long round = NO_ROUND;

  /**
   * An empty queue.
   *
   * @param capacity largest number of entries, positive
   * @param dimension elements of an embedding, positive
   */
  public NegativeQueue(int capacity, int dimension) {
    if (capacity <= 0 || dimension <= 0) {
      throw new IllegalArgumentException(
          "capacity and dimension must be positive, but are %d and %d"
              .formatted(capacity, dimension));
    }
    this.capacity = capacity;
    this.dimension = dimension;
    this.state =
        new State(
            new String[capacity],
            new float[Math.multiplyExact(capacity, dimension)],
            new Query[capacity],
            0);
  }

  /** A queue with the entries of a snapshot, nothing staged. */
  public NegativeQueue(Snapshot snapshot) {
    this.capacity = snapshot.ids.length;
    this.dimension = snapshot.dimension;
    this.state =
        new State(
            snapshot.ids.clone(),
            snapshot.embeddings.clone(),
            snapshot.queries.clone(),
            snapshot.next);
  }

  /**
   * Opens a round of training. If it is the round that was opened last, that attempt failed or its
   * result was lost, and its entries are taken back; else they are committed.
   *
   * @param round number of the round, not negative; the same for every attempt at it
   */
  public void begin(long round) {
    if (round < 0) {
      throw new IllegalArgumentException("round must not be negative, but is " + round);
    }
    if (round == this.round) {
      rollback();
    } else {
      commit();
      this.round = round;
    }
  }

  /**
   * Adds passages that {@link #rollback} can take back.
   *
   * @param ids passage ids, none null
   * @param embeddings [ids.size(), dimension], copied; of more rows than the capacity the last ones
   *     are kept
   * @throws IllegalArgumentException if the shape does not fit
   */
  public void stage(List<String> ids, INDArray embeddings) {
    stage(ids, embeddings, new Query[ids.size()]);
  }

  /**
   * Adds passages with the queries that the first of them answer; {@link #rollback} can take them
   * back.
   *
   * @param ids ids of N passages, none null
   * @param embeddings of the passages, [N, dimension], copied; of more rows than the capacity the
   *     last ones are kept
   * @param queries embeddings of B queries, [B, dimension], copied; query i is answered by passage
   *     i
   * @param knownPositives for each query the ids of all its relevant passages, owned by the queue
   * @throws IllegalArgumentException if shapes do not fit, or there are fewer passages than queries
   */
  public void stage(
      List<String> ids, INDArray embeddings, INDArray queries, String[][] knownPositives) {
    if (knownPositives.length > ids.size()) {
      throw new IllegalArgumentException(
          "%d queries need as many positives, but there are %d passages"
              .formatted(knownPositives.length, ids.size()));
    }
    float[] values = floats("queries", knownPositives.length, queries);
    Query[] answered = new Query[ids.size()];
    for (int i = 0; i < knownPositives.length; i++) {
      answered[i] =
          new Query(
              Arrays.copyOfRange(values, i * dimension, (i + 1) * dimension), knownPositives[i]);
    }
    stage(ids, embeddings, answered);
  }

  private void stage(List<String> ids, INDArray embeddings, Query[] queries) {
    float[] values = check(ids, embeddings);
    if (committed == null) {
      committed = state.copy();
    }
    state.push(ids, values, queries, dimension);
  }

  /**
   * Adds passages for good.
   *
   * @param ids as {@link #stage(List, INDArray)}
   * @param embeddings as {@link #stage(List, INDArray)}
   * @throws IllegalStateException if entries are staged, because they could not be taken back
   *     without these
   */
  public void push(List<String> ids, INDArray embeddings) {
    if (committed != null) {
      throw new IllegalStateException("entries are staged; commit or roll them back first");
    }
    state.push(ids, check(ids, embeddings), new Query[ids.size()], dimension);
  }

  private float[] check(List<String> ids, INDArray embeddings) {
    float[] values = floats("passages", ids.size(), embeddings);
    for (int i = 0; i < ids.size(); i++) {
      if (ids.get(i) == null) {
        throw new IllegalArgumentException("passage id " + i + " is null");
      }
    }
    return values;
  }

  private float[] floats(String what, int rows, INDArray embeddings) {
    if (embeddings.rank() != 2 || embeddings.size(0) != rows || embeddings.size(1) != dimension) {
      throw new IllegalArgumentException(
          "embeddings of %d %s must be [%d, %d], but are %s"
              .formatted(rows, what, rows, dimension, Arrays.toString(embeddings.shape())));
    }
    float[] values = new float[Math.multiplyExact(rows, dimension)];
    // dup, because a view's buffer may hold other elements
    embeddings.castTo(DataType.FLOAT).dup('c').data().asNioFloat().get(values);
    return values;
  }

  /** Makes what is staged final. */
  public void commit() {
    committed = null;
  }

  /** Takes back what is staged. */
  public void rollback() {
    if (committed != null) {
      state = committed;
      committed = null;
    }
  }

  /** All places with what is staged, float32 [capacity, dimension], a copy; empty ones are zero. */
  public INDArray embeddings() {
    return Nd4j.create(state.embeddings, new long[] {capacity, dimension}, DataType.FLOAT);
  }

  /** The passage ids of all places with what is staged, a copy; null where a place is empty. */
  public String[] ids() {
    return state.ids.clone();
  }

  /**
   * The queries of all places with what is staged, float32 [capacity, dimension], a copy; zero
   * where a place has none.
   */
  public INDArray queries() {
    float[] values = new float[state.embeddings.length];
    for (int place = 0; place < capacity; place++) {
      if (state.queries[place] != null) {
        System.arraycopy(state.queries[place].embedding, 0, values, place * dimension, dimension);
      }
    }
    return Nd4j.create(values, new long[] {capacity, dimension}, DataType.FLOAT);
  }

  /** The known positives of the query of each place; null where a place has none. */
  public String[][] knownPositives() {
    return Arrays.stream(state.queries)
        .map(query -> query == null ? null : query.knownPositives)
        .toArray(String[][]::new);
  }

  /** Number of places that hold an entry, staged ones included. */
  public int size() {
    int size = 0;
    for (String id : state.ids) {
      size += id == null ? 0 : 1;
    }
    return size;
  }

  /** Number of places. */
  public int capacity() {
    return capacity;
  }

  /** Elements of an embedding. */
  public int dimension() {
    return dimension;
  }

  /** A copy of all entries for a checkpoint, staged ones included. */
  public Snapshot snapshot() {
    return new Snapshot(
        dimension, state.ids.clone(), state.embeddings.clone(), state.queries.clone(), state.next);
  }

  /**
   * A query that a queued passage answers.
   *
   * @param embedding of the query, detached
   * @param knownPositives ids of all passages known to be relevant to it
   */
  @SuppressWarnings("ArrayRecordComponent") // bulk data, moved and not compared
  public record Query(float[] embedding, String[] knownPositives) implements Serializable {}

  /**
   * The entries of a queue at one time.
   *
   * @param dimension elements of an embedding
   * @param ids passage ids of all places, null where a place is empty; owned by the record
   * @param embeddings the embeddings of all places one after the other; owned by the record
   * @param queries the query of each place, null where it has none; owned by the record
   * @param next the place that is filled or replaced next
   */
  @SuppressWarnings("ArrayRecordComponent") // bulk data, moved and not compared
  public record Snapshot(int dimension, String[] ids, float[] embeddings, Query[] queries, int next)
      implements Serializable {

    public Snapshot {
      if (dimension <= 0 || ids.length == 0 || embeddings.length != (long) ids.length * dimension) {
        throw new IllegalArgumentException(
            "%d ids of dimension %d do not fit %d numbers"
                .formatted(ids.length, dimension, embeddings.length));
      }
      if (queries.length != ids.length) {
        throw new IllegalArgumentException(
            "%d places of queries do not fit %d of passages".formatted(queries.length, ids.length));
      }
      for (Query query : queries) {
        if (query != null && query.embedding.length != dimension) {
          throw new IllegalArgumentException(
              "a query of %d numbers is not of dimension %d"
                  .formatted(query.embedding.length, dimension));
        }
      }
      if (next < 0 || next >= ids.length) {
        throw new IllegalArgumentException(
            "next must be a place below %d, but is %d".formatted(ids.length, next));
      }
    }
  }

  /** The ring itself. */
  private static final class State {
    private final String[] ids;
    private final float[] embeddings;
    private final Query[] queries;
    private int next;

    State(String[] ids, float[] embeddings, Query[] queries, int next) {
      this.ids = ids;
      this.embeddings = embeddings;
      this.queries = queries;
      this.next = next;
    }

    State copy() {
      return new State(ids.clone(), embeddings.clone(), queries.clone(), next);
    }

    void push(List<String> newIds, float[] values, Query[] newQueries, int dimension) {
      int tooMany = Math.max(0, newIds.size() - ids.length);
      int withoutQuery = 0;
      for (Query query : newQueries) {
        withoutQuery += query == null ? 1 : 0;
      }
      // Pairs are what the queue is for: hard negatives, which come without a query, go first.
      int dropWithout = Math.min(tooMany, withoutQuery);
      int dropWith = tooMany - dropWithout;
      for (int i = 0; i < newIds.size(); i++) {
        if (newQueries[i] == null ? dropWithout-- > 0 : dropWith-- > 0) {
          continue;
        }
        ids[next] = newIds.get(i);
        queries[next] = newQueries[i];
        System.arraycopy(values, i * dimension, embeddings, next * dimension, dimension);
        next = (next + 1) % ids.length;
      }
    }
  }
}
