package dev.tandem.model.queue;

import dev.tandem.model.loss.Relevance;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Finds by passage id what each candidate of batch and queue is to each query.
 *
 * <p>Query i has its own positive in column i. Every other column whose passage is a known positive
 * of the query, be it a duplicate of its own, another query's positive, a hard negative that is
 * judged relevant after all, or an entry of the queue, gets the code for other positives, and so is
 * never a negative. Empty places of the queue are masked. All the rest are negatives.
 *
 * <p>Where the queue keeps queries, the matrix has a row for each place below those of the batch:
 * its query has its own positive in the place's column, and everything else holds for it as well.
 * The row of a place without a query is masked.
 */
public final class RelevanceMatrix {
  private RelevanceMatrix() {}

  /**
   * The relevance matrix of a batch.
   *
   * @param knownPositives for each of B queries the ids of all its relevant passages; its own
   *     positive counts whether it is named or not
   * @param passages ids of the batch's N passages, N at least B: the B positives in the order of
   *     the queries, then the hard negatives in any order
   * @param queue ids of the queue's Q places, null where a place is empty; of length 0 where there
   *     is no queue
   * @param otherPositives code of known positives in other columns than the query's own: {@link
   *     dev.tandem.model.loss.ContrastiveLoss#otherPositives()}
   * @return float32 [B, N + Q] of the codes of {@link Relevance}
   * @throws IllegalArgumentException if there are fewer passages than queries
   */
  public static INDArray of(
      List<? extends Collection<String>> knownPositives,
      List<String> passages,
      String[] queue,
      float otherPositives) {
    return of(knownPositives, passages, queue, new String[0][], otherPositives);
  }

  /**
   * The relevance matrix of a batch and of the queries that a queue keeps.
   *
   * @param knownPositives as above
   * @param passages as above
   * @param queue as above
   * @param queuedPositives for each place of the queue the ids of all relevant passages of its
   *     query, null where a place has no query; of length 0 where the queue keeps none
   * @param otherPositives as above
   * @return float32 [B + queuedPositives.length, N + Q] of the codes of {@link Relevance}
   * @throws IllegalArgumentException if there are fewer passages than queries
   */
  public static INDArray of(
      List<? extends Collection<String>> knownPositives,
      List<String> passages,
      String[] queue,
      String[][] queuedPositives,
      float otherPositives) {
    int queries = knownPositives.size();
    if (passages.size() < queries) {
      throw new IllegalArgumentException(
          "%d queries need as many positives, but there are %d passages"
              .formatted(queries, passages.size()));
    }
    int columns = passages.size() + queue.length;
    Map<String, int[]> columnsOf = columnsOf(passages, queue);
    int[] empty = emptyColumns(passages.size(), queue);
    int rows = queries + queuedPositives.length;
    float[] codes = new float[Math.multiplyExact(rows, columns)];
    Arrays.fill(codes, Relevance.NEGATIVE);
    for (int i = 0; i < rows; i++) {
      int row = i * columns;
      Collection<String> known =
          i < queries ? knownPositives.get(i) : known(queuedPositives[i - queries]);
      if (known == null) {
        Arrays.fill(codes, row, row + columns, Relevance.MASKED);
        continue;
      }
      int own = i < queries ? i : passages.size() + i - queries;
      for (String id : known) {
        set(codes, row, columnsOf.get(id), otherPositives);
      }
      String answer = i < queries ? passages.get(i) : queue[i - queries];
      set(codes, row, columnsOf.get(answer), otherPositives);
      set(codes, row, empty, Relevance.MASKED);
      codes[row + own] = Relevance.POSITIVE;
    }
    return Nd4j.create(codes, new long[] {rows, columns}, DataType.FLOAT);
  }

  private static List<String> known(String[] positives) {
    return positives == null ? null : Arrays.asList(positives);
  }

  private static void set(float[] codes, int row, int[] columns, float code) {
    if (columns != null) {
      for (int column : columns) {
        codes[row + column] = code;
      }
    }
  }

  private static Map<String, int[]> columnsOf(List<String> passages, String[] queue) {
    Map<String, int[]> columnsOf = new HashMap<>(2 * (passages.size() + queue.length));
    for (int j = 0; j < passages.size(); j++) {
      add(columnsOf, passages.get(j), j);
    }
    for (int j = 0; j < queue.length; j++) {
      if (queue[j] != null) {
        add(columnsOf, queue[j], passages.size() + j);
      }
    }
    return columnsOf;
  }

  private static void add(Map<String, int[]> columnsOf, String id, int column) {
    columnsOf.merge(
        id,
        new int[] {column},
        (before, one) -> {
          int[] all = Arrays.copyOf(before, before.length + 1);
          all[before.length] = one[0];
          return all;
        });
  }

  private static int[] emptyColumns(int passages, String[] queue) {
    int[] empty = new int[queue.length];
    int count = 0;
    for (int j = 0; j < queue.length; j++) {
      if (queue[j] == null) {
        empty[count++] = passages + j;
      }
    }
    return Arrays.copyOf(empty, count);
  }
}
