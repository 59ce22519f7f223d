package dev.tandem.index.lexical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.search.HitMerger;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.RankedPassage;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LexicalSearcherTest {

  private static final Map<String, String> FIVE =
      Map.of(
          "d1", "red fox jump fence",
          "d2", "red red hen",
          "d3", "fox hen",
          "d4", "green fence fence field",
          "d5", "red fox");

  private static List<LexicalQuery> queries(String... texts) {
    List<LexicalQuery> queries = new ArrayList<>();
    for (String text : texts) {
      queries.add(LexicalQuery.parse(text));
    }
    return queries;
  }

  /** Divides passages over shards and searches them as one collection. */
  private static SearchHits search(
      Map<String, String> passages, int shards, List<LexicalQuery> queries, Bm25 bm25, int depth) {
    List<LexicalShard.Builder> builders = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      builders.add(new LexicalShard.Builder());
    }
    int next = 0;
    for (Map.Entry<String, String> passage : passages.entrySet()) {
      builders.get(next++ % shards).add(passage.getKey(), passage.getValue());
    }
    List<LexicalSearcher> searchers =
        builders.stream().map(b -> new LexicalSearcher(b.build())).toList();
    LexicalStatistics all =
        searchers.stream()
            .map(searcher -> searcher.statistics(queries))
            .reduce(LexicalStatistics.NONE, LexicalStatistics::plus);
    SearchHits hits =
        HitMerger.merge(
            searchers.stream().map(s -> s.search(queries, all, bm25, depth)).toList(), depth);
    searchers.forEach(LexicalSearcher::close);
    return hits;
  }

  private static void assertRanking(List<RankedPassage> ranking, Object... idsAndScores) {
    assertThat(ranking).hasSize(idsAndScores.length / 2);
    for (int i = 0; i < ranking.size(); i++) {
      assertThat(ranking.get(i).id()).isEqualTo(idsAndScores[2 * i]);
      assertThat(ranking.get(i).score()).isCloseTo((double) idsAndScores[2 * i + 1], within(2e-6));
    }
  }

  @Test
  void scoresAsBm25s() {
    // bm25s 0.3.11 for Python: BM25(method="lucene", k1=.9, b=.4).get_scores(query.split()). The
    // words are their own Porter stems, and passages this short have exact lengths in Lucene.
    SearchHits hits = search(FIVE, 2, queries("red fox", "fence fence hen"), Bm25.DEFAULT, 10);
    assertRanking(hits.ranking(0), "d5", 0.605614, "d1", 0.53366, "d2", 0.371722, "d3", 0.302807);
    assertRanking(hits.ranking(1), "d4", 1.159561, "d1", 0.866801, "d3", 0.491836, "d2", 0.460773);
  }

  @Test
  void scoresAsBm25sWithOtherParameters() {
    SearchHits hits = search(FIVE, 2, queries("red fox"), new Bm25(1.2f, 0.75f), 10);
    assertRanking(hits.ranking(0), "d5", 0.567365, "d1", 0.431197, "d2", 0.336873, "d3", 0.283682);
  }

  /** Short texts of few words, so that many have the same score and some have none at all. */
  private static Map<String, String> collection() {
    Random random = new Random(5);
    Map<String, String> passages = new LinkedHashMap<>();
    for (int i = 0; i < 500; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(60) % 7 * random.nextInt(9); length > 0; length--) {
        // Words of very different frequency, some in one shard only.
        text.append("w").append((int) Math.exp(random.nextDouble() * 6)).append(' ');
      }
      passages.put("p" + i, text.toString());
    }
    return passages;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16, 500})
  void shardsGiveWhatOneIndexGives(int shards) {
    List<LexicalQuery> queries =
        queries("w1", "w1 w2 w3", "w17 w80 w80 w200", "w399", "w5 w350 unheard", "the of", "");
    for (int depth : new int[] {1, 10, 100, 1000}) {
      SearchHits one = search(collection(), 1, queries, Bm25.DEFAULT, depth);
      SearchHits many = search(collection(), shards, queries, Bm25.DEFAULT, depth);
      for (int query = 0; query < queries.size(); query++) {
        assertThat(many.ranking(query)).isEqualTo(one.ranking(query));
      }
    }
  }

  @Test
  void ranksEqualScoresByIdDescendingAtTheLastRankToo() {
    Map<String, String> passages = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      passages.put(String.format("p%03d", i), "same words here");
    }
    SearchHits hits = search(passages, 1, queries("words"), Bm25.DEFAULT, 3);
    assertThat(hits.ranking(0))
        .extracting(RankedPassage::id)
        .containsExactly("p299", "p298", "p297");
  }

  @Test
  void analyzesAsEnglish() {
    assertThat(LexicalQuery.parse("The runner's Running, RUNNING shoes!").terms())
        .isEqualTo(Map.of("runner", 1, "run", 2, "shoe", 1));
  }

  @Test
  void takesAWholeDocumentAsAQuery() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      text.append("word").append(i).append(' ');
    }
    Map<String, String> passages = Map.of("a", text.toString(), "b", "nothing");
    SearchHits hits = search(passages, 1, queries(text.toString()), Bm25.DEFAULT, 10);
    assertThat(hits.ranking(0)).extracting(RankedPassage::id).containsExactly("a");
  }

  /** What is left of the ranking without a filter, which has every passage with a term. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40})
  void aFilterLeavesScoresAndOrderAsTheyAre(int depth) {
    Random random = new Random(6);
    LexicalShard.Builder builder = new LexicalShard.Builder(List.of("lang"));
    for (int i = 0; i < 300; i++) {
      StringBuilder text = new StringBuilder();
      for (int w = 0; w < 2 + random.nextInt(6); w++) {
        text.append("red fox hen fence field jump".split(" ")[random.nextInt(6)]).append(' ');
      }
      String lang = List.of("en", "de", "fr").get(random.nextInt(3));
      builder.add("d" + i, text.toString(), i % 7 == 0 ? Map.of() : Map.of("lang", lang));
    }
    LexicalShard shard = builder.build();
    List<LexicalQuery> queries = queries("red fox", "fence", "the", "red red hen field");
    try (LexicalSearcher searcher = new LexicalSearcher(shard)) {
      LexicalStatistics all = searcher.statistics(queries);
      BitSet accepted = new BitSet();
      for (int row = 0; row < shard.size(); row++) {
        accepted.set(row, "de".equals(shard.metadata().row(row).get("lang")));
      }
      SearchHits whole = searcher.search(queries, all, Bm25.DEFAULT, 300);
      SearchHits found = searcher.search(queries, all, Bm25.DEFAULT, depth, Optional.of(accepted));
      Set<String> german = new HashSet<>();
      accepted.stream().forEach(row -> german.add(shard.ids().get(row)));
      assertThat(german).hasSizeBetween(60, 120);
      for (int q = 0; q < queries.size(); q++) {
        assertThat(found.ranking(q))
            .isEqualTo(
                whole.ranking(q).stream()
                    .filter(passage -> german.contains(passage.id()))
                    .limit(depth)
                    .toList());
      }
      assertThat(found.count(0)).isEqualTo(Math.min(depth, found.count(0))).isPositive();
      assertThat(
              searcher
                  .search(queries, all, Bm25.DEFAULT, depth, Optional.of(new BitSet()))
                  .count(0))
          .isZero();
    }
  }

  @Test
  void refusesAnIdGivenTwice() {
    LexicalShard.Builder builder = new LexicalShard.Builder();
    builder.add("a", "one");
    builder.add("a", "two");
    assertThatThrownBy(builder::build).hasMessageContaining("'a' was given twice");
  }

  @Test
  void refusesStatisticsOfOtherQueries() {
    LexicalShard.Builder builder = new LexicalShard.Builder();
    builder.add("a", "fox");
    try (LexicalSearcher searcher = new LexicalSearcher(builder.build())) {
      LexicalStatistics others = searcher.statistics(queries("hen"));
      assertThatThrownBy(() -> searcher.search(queries("fox"), others, Bm25.DEFAULT, 1))
          .hasMessageContaining("'fox'");
    }
  }

  @Test
  void refusesParametersOutOfRange() {
    assertThatThrownBy(() -> new Bm25(-1, 0.4f)).hasMessageContaining("k1");
    assertThatThrownBy(() -> new Bm25(0.9f, 1.5f)).hasMessageContaining("b must");
  }
}
