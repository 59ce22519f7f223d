package dev.tandem.index.fusion;

import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.PassageIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes one ranking of several. Implementations are immutable and thread-safe. */
public abstract sealed class Fusion permits ReciprocalRankFusion, WeightedScores {

  /**
   * What each passage of one list contributes to its fused score.
   *
   * @param ranking best first, not empty
   * @param list the list's number
   * @return one value a rank
   */
  abstract double[] contributions(List<RankedPassage> ranking, int list);

  /**
   * What a list contributes to a passage that it does not have.
   *
   * @param contributions what it contributes to those it has
   */
  abstract double missing(double[] contributions);

  /** How many lists are fused; 0 for any number. */
  abstract int lists();

  /**
   * Fuses the rankings of one query.
   *
   * @param rankings each best first without a passage twice; an empty one contributes nothing
   * @param depth passages kept, at least 1
   * @return the fused ranking, best first in trec_eval's order
   * @throws IllegalArgumentException if the number of lists is not the one this was made for
   */
  public List<RankedPassage> fuse(List<List<RankedPassage>> rankings, int depth) {
    if (lists() != 0 && rankings.size() != lists()) {
      throw new IllegalArgumentException(
          "fusion with " + lists() + " weights got " + rankings.size() + " rankings");
    }
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be at least 1, got " + depth);
    }
    // What every list gives to a passage it lacks, and for each passage what it gets beyond that.
    double base = 0;
    Map<String, Double> beyond = new LinkedHashMap<>();
    for (int list = 0; list < rankings.size(); list++) {
      List<RankedPassage> ranking = rankings.get(list);
      if (!ranking.isEmpty()) {
        double[] contributions = contributions(ranking, list);
        double missing = missing(contributions);
        base += missing;
        for (int rank = 0; rank < contributions.length; rank++) {
          beyond.merge(ranking.get(rank).id(), contributions[rank] - missing, Double::sum);
        }
      }
    }
    List<RankedPassage> fused = new ArrayList<>(beyond.size());
    for (Map.Entry<String, Double> passage : beyond.entrySet()) {
      // As a float, which is how hits hold scores: what is equal there is ordered by id.
      fused.add(new RankedPassage(passage.getKey(), (float) (base + passage.getValue())));
    }
    fused.sort(RankedPassage.RANKING);
    return List.copyOf(fused.subList(0, Math.min(depth, fused.size())));
  }

  /**
   * Fuses hits, query by query.
   *
   * @param lists hits for the same queries in the same order
   * @param depth passages kept a query
   */
  public SearchHits fuse(SearchHits[] lists, int depth) {
    int queries = lists[0].queries();
    int[] starts = new int[queries + 1];
    float[] scores = new float[0];
    PassageIds.Builder ids = new PassageIds.Builder();
    for (int query = 0; query < queries; query++) {
      List<List<RankedPassage>> rankings = new ArrayList<>();
      for (SearchHits hits : lists) {
        if (hits.queries() != queries) {
          throw new IllegalArgumentException(
              "hits to be fused must be for the same queries, got "
                  + queries
                  + " and "
                  + hits.queries());
        }
        rankings.add(hits.ranking(query));
      }
      List<RankedPassage> fused = fuse(rankings, depth);
      starts[query + 1] = starts[query] + fused.size();
      if (starts[query + 1] > scores.length) {
        scores = Arrays.copyOf(scores, Math.max(starts[query + 1], 2 * scores.length));
      }
      for (int rank = 0; rank < fused.size(); rank++) {
        scores[starts[query] + rank] = (float) fused.get(rank).score();
        ids.add(fused.get(rank).id());
      }
    }
    int size = starts[queries];
    int[] rows = new int[size];
    Arrays.setAll(rows, row -> row);
    return PartHits.of(starts, Arrays.copyOf(scores, size), rows).withIds(ids.build());
  }
}
