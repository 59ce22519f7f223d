package dev.tandem.jobs.retrieval;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The best passages of each query of a block, packed into arrays so that millions of them are
 * shuffled and merged without an object each.
 *
 * <p>Hits of a query stand in the order of trec_eval: by score descending, equal scores by the
 * bytes of the passage id descending. Merging blocks is associative and commutative, so the result
 * does not depend on how the passages were divided.
 *
 * @param starts hits of query {@code q} are those from {@code starts[q]} to {@code starts[q + 1]}
 * @param scores score of each hit
 * @param idEnds where in {@code ids} the id of each hit ends; it starts where the one before ends
 * @param ids the passage ids in UTF-8, one after the other
 */
record HitBlock(int[] starts, float[] scores, int[] idEnds, byte[] ids) implements Serializable {

  /** Number of queries. */
  int queries() {
    return starts.length - 1;
  }

  /** Number of hits of a query. */
  int hits(int query) {
    return starts[query + 1] - starts[query];
  }

  /** Score of a query's hit of a rank from 0. */
  float score(int query, int rank) {
    return scores[starts[query] + rank];
  }

  /** Passage id of a query's hit of a rank from 0. */
  String id(int query, int rank) {
    int hit = starts[query] + rank;
    return new String(ids, idStart(hit), idEnds[hit] - idStart(hit), StandardCharsets.UTF_8);
  }

  private int idStart(int hit) {
    return hit == 0 ? 0 : idEnds[hit - 1];
  }

  /**
   * The best hits of two blocks over the same queries and different passages.
   *
   * @param depth hits kept a query
   * @throws IllegalArgumentException if the numbers of queries differ
   */
  static HitBlock merge(HitBlock a, HitBlock b, int depth) {
    if (a.queries() != b.queries()) {
      throw new IllegalArgumentException(
          "blocks of " + a.queries() + " and " + b.queries() + " queries cannot be merged");
    }
    int largest = 0;
    for (int q = 0; q < a.queries(); q++) {
      largest = Math.addExact(largest, Math.min(depth, a.hits(q) + b.hits(q)));
    }
    Builder merged = new Builder(a.queries(), largest, Math.addExact(a.ids.length, b.ids.length));
    for (int q = 0; q < a.queries(); q++) {
      int i = a.starts[q];
      int j = b.starts[q];
      for (int taken = 0; taken < depth; taken++) {
        boolean hasA = i < a.starts[q + 1];
        boolean hasB = j < b.starts[q + 1];
        if (!hasA && !hasB) {
          break;
        }
        if (hasA && (!hasB || before(a, i, b, j))) {
          merged.add(a, i++);
        } else {
          merged.add(b, j++);
        }
      }
      merged.endQuery();
    }
    return merged.build();
  }

  private static boolean before(HitBlock a, int i, HitBlock b, int j) {
    int byScore = Float.compare(a.scores[i], b.scores[j]);
    if (byScore != 0) {
      return byScore > 0;
    }
    return Arrays.compareUnsigned(
            a.ids, a.idStart(i), a.idEnds[i], b.ids, b.idStart(j), b.idEnds[j])
        >= 0;
  }

  /** Fills a block, query by query, hits in their final order. */
  static final class Builder {
    private final int[] starts;
    private float[] scores;
    private int[] idEnds;
    private byte[] ids;
    private int queries;
    private int hits;
    private int idBytes;

    /** A builder with room for so many hits and bytes of ids; it grows where that is too few. */
    Builder(int queries, int expectedHits, int expectedIdBytes) {
      this.starts = new int[queries + 1];
      this.scores = new float[Math.max(16, expectedHits)];
      this.idEnds = new int[Math.max(16, expectedHits)];
      this.ids = new byte[Math.max(64, expectedIdBytes)];
    }

    /** Adds the next hit of the current query. */
    void add(float score, byte[] id) {
      add(score, id, 0, id.length);
    }

    private void add(HitBlock from, int hit) {
      int start = from.idStart(hit);
      add(from.scores[hit], from.ids, start, from.idEnds[hit] - start);
    }

    private void add(float score, byte[] source, int from, int length) {
      if (hits == scores.length) {
        scores = Arrays.copyOf(scores, 2 * hits);
        idEnds = Arrays.copyOf(idEnds, 2 * hits);
      }
      if (idBytes + length > ids.length) {
        ids = Arrays.copyOf(ids, Math.max(2 * ids.length, idBytes + length));
      }
      System.arraycopy(source, from, ids, idBytes, length);
      idBytes += length;
      scores[hits] = score;
      idEnds[hits] = idBytes;
      hits++;
    }

    /** Ends the current query. */
    void endQuery() {
      queries++;
      starts[queries] = hits;
    }

    /** The block. */
    HitBlock build() {
      return new HitBlock(
          starts,
          Arrays.copyOf(scores, hits),
          Arrays.copyOf(idEnds, hits),
          Arrays.copyOf(ids, idBytes));
    }
  }
}
