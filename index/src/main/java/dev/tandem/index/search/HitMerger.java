package dev.tandem.index.search;

import dev.tandem.index.vector.PassageIds;
import java.util.List;

/**
 * Merges what was found in several parts into the best of all: a k-way merge of sorted hits.
 *
 * <p>The result does not depend on how the collection was split, nor on whether parts are merged at
 * once or in steps, as scores belong to passages and ties are ordered by id.
 */
public final class HitMerger {

  private HitMerger() {}

  /**
   * Merges.
   *
   * @param parts hits for the same queries in the same order, at least one
   * @param k how many passages a query keeps at most
   * @throws IllegalArgumentException if there is no part, k is not positive, or the parts have
   *     different numbers of queries
   */
  public static SearchHits merge(List<SearchHits> parts, int k) {
    if (parts.isEmpty() || k < 1) {
      throw new IllegalArgumentException(
          "merging needs at least one part and a positive k, got "
              + parts.size()
              + " parts, k "
              + k);
    }
    int queries = parts.get(0).queries();
    for (SearchHits part : parts) {
      if (part.queries() != queries) {
        throw new IllegalArgumentException(
            "all parts must have the same queries, got " + queries + " and " + part.queries());
      }
    }
    SearchHits[] sources = parts.toArray(new SearchHits[0]);
    int[] starts = new int[queries + 1];
    for (int query = 0; query < queries; query++) {
      long available = 0;
      for (SearchHits source : sources) {
        available += source.count(query);
      }
      starts[query + 1] = Math.addExact(starts[query], (int) Math.min(k, available));
    }
    float[] scores = new float[starts[queries]];
    PassageIds.Builder ids = new PassageIds.Builder();
    Heads heads = new Heads(sources);
    for (int query = 0; query < queries; query++) {
      heads.start(query);
      for (int at = starts[query]; at < starts[query + 1]; at++) {
        scores[at] = heads.takeBest(ids);
      }
    }
    return new SearchHits(starts, scores, ids.build());
  }

  /** A binary heap of sources by their next hit of one query. */
  private static final class Heads {

    private final SearchHits[] sources;
    private final int[] next;
    private final int[] end;
    private final int[] heap;
    private int size;

    Heads(SearchHits[] sources) {
      this.sources = sources;
      this.next = new int[sources.length];
      this.end = new int[sources.length];
      this.heap = new int[sources.length];
    }

    void start(int query) {
      size = 0;
      for (int s = 0; s < sources.length; s++) {
        next[s] = sources[s].start(query);
        end[s] = next[s] + sources[s].count(query);
        if (next[s] < end[s]) {
          heap[size++] = s;
        }
      }
      for (int i = size / 2 - 1; i >= 0; i--) {
        sink(i);
      }
    }

    /** Takes the best hit, hands over its id and returns its score. */
    float takeBest(PassageIds.Builder ids) {
      int source = heap[0];
      int hit = next[source]++;
      ids.add(sources[source].ids(), hit);
      if (next[source] == end[source]) {
        heap[0] = heap[--size];
      }
      sink(0);
      return sources[source].scoreAt(hit);
    }

    private void sink(int from) {
      int at = from;
      while (2 * at + 1 < size) {
        int child = 2 * at + 1;
        if (child + 1 < size && before(heap[child + 1], heap[child])) {
          child++;
        }
        if (!before(heap[child], heap[at])) {
          return;
        }
        int swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
      }
    }

    private boolean before(int left, int right) {
      float leftScore = sources[left].scoreAt(next[left]);
      float rightScore = sources[right].scoreAt(next[right]);
      if (leftScore != rightScore) {
        return leftScore > rightScore;
      }
      int ids = sources[left].ids().compare(next[left], sources[right].ids(), next[right]);
      return ids != 0 ? ids > 0 : left < right;
    }
  }
}
