package dev.tandem.index.trec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A retrieval run: for each query its passages, best first in trec_eval's order ({@link
 * RankedPassage#RANKING}), no passage twice. Immutable; queries iterate in ascending byte order.
 */
public final class TrecRun {

  private final String tag;
  private final Map<String, List<RankedPassage>> rankings;

  private TrecRun(String tag, Map<String, List<RankedPassage>> rankings) {
    this.tag = tag;
    this.rankings = rankings;
  }

  /**
   * Ranks and copies the passages given for each query.
   *
   * @param tag the run's name, the last column of a run file
   * @param passagesByQuery passages in any order
   * @throws IllegalArgumentException if a query has a passage twice
   */
  public static TrecRun of(String tag, Map<String, ? extends List<RankedPassage>> passagesByQuery) {
    Objects.requireNonNull(tag, "tag");
    Map<String, List<RankedPassage>> rankings = new TreeMap<>(Utf8Order.ASCENDING);
    passagesByQuery.forEach(
        (query, passages) -> {
          Set<String> seen = new HashSet<>(passages.size() * 2);
          for (RankedPassage passage : passages) {
            if (!seen.add(passage.id())) {
              throw new IllegalArgumentException(
                  "run '"
                      + tag
                      + "', query '"
                      + query
                      + "': passage '"
                      + passage.id()
                      + "' appears twice");
            }
          }
          rankings.put(query, ranked(passages));
        });
    return new TrecRun(tag, Collections.unmodifiableMap(rankings));
  }

  private static List<RankedPassage> ranked(List<RankedPassage> passages) {
    List<RankedPassage> copy = new ArrayList<>(passages);
    // Cheap on lists that come ranked already, which search results do.
    copy.sort(RankedPassage.RANKING);
    return Collections.unmodifiableList(copy);
  }

  /** The run's name, the last column of a run file. */
  public String tag() {
    return tag;
  }

  /** The ids of all queries with a ranking, in ascending byte order. */
  public Set<String> queries() {
    return rankings.keySet();
  }

  /** The ranking of one query, best first; empty for an unknown query. */
  public List<RankedPassage> ranking(String query) {
    return rankings.getOrDefault(query, List.of());
  }

  /** Query id to ranking, in ascending byte order of the ids. */
  public Map<String, List<RankedPassage>> rankings() {
    return rankings;
  }
}
