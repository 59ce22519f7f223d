package dev.tandem.jobs.quickstart;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeSet;

/**
 * Where a query's first relevant passage stood in two runs.
 *
 * @param query the query's id
 * @param before rank from 1 in the first run; empty where none was found
 * @param after rank from 1 in the second run; empty where none was found
 */
record RankChange(String query, OptionalInt before, OptionalInt after) {

  /** Whether the relevant passage stands higher in the second run. */
  boolean better() {
    return rank(after) < rank(before);
  }

  /** Whether the relevant passage stands lower in the second run. */
  boolean worse() {
    return rank(after) > rank(before);
  }

  private static int rank(OptionalInt rank) {
    return rank.orElse(Integer.MAX_VALUE);
  }

  /**
   * Draws queries to show: better ones and worse ones in the proportion that the runs have them, at
   * least one of each where there is one, so that the picture is a fair one.
   *
   * @param count queries wanted
   * @param seed of the draw
   */
  static List<RankChange> draw(Qrels qrels, TrecRun before, TrecRun after, int count, long seed) {
    List<RankChange> better = new ArrayList<>();
    List<RankChange> worse = new ArrayList<>();
    for (String query : new TreeSet<>(qrels.queries())) {
      RankChange change =
          new RankChange(query, first(qrels, before, query), first(qrels, after, query));
      if (change.better()) {
        better.add(change);
      } else if (change.worse()) {
        worse.add(change);
      }
    }
    if (better.isEmpty() && worse.isEmpty()) {
      return List.of();
    }
    Random random = new Random(seed);
    Collections.shuffle(better, random);
    Collections.shuffle(worse, random);
    int worseCount =
        (int) Math.round((double) count * worse.size() / (better.size() + worse.size()));
    worseCount = Math.max(Math.min(1, worse.size()), Math.min(worseCount, worse.size()));
    if (!better.isEmpty()) {
      worseCount = Math.min(worseCount, count - 1);
    }
    List<RankChange> drawn =
        new ArrayList<>(better.subList(0, Math.min(count - worseCount, better.size())));
    drawn.addAll(worse.subList(0, worseCount));
    return drawn;
  }

  private static OptionalInt first(Qrels qrels, TrecRun run, String query) {
    if (!run.queries().contains(query)) {
      return OptionalInt.empty();
    }
    List<RankedPassage> ranking = run.ranking(query);
    for (int i = 0; i < ranking.size(); i++) {
      if (qrels.judgements(query).getOrDefault(ranking.get(i).id(), 0) > 0) {
        return OptionalInt.of(i + 1);
      }
    }
    return OptionalInt.empty();
  }
}
