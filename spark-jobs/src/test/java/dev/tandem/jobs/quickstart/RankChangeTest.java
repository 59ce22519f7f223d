package dev.tandem.jobs.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RankChangeTest {
  private static final Qrels QRELS =
      Qrels.of(
          Map.of(
              "better", Map.of("a", 1, "b", 0),
              "worse", Map.of("b", 2),
              "same", Map.of("a", 1),
              "lost", Map.of("z", 1)));

  private static TrecRun run(Map<String, List<String>> rankings) {
    Map<String, List<RankedPassage>> ranked = new HashMap<>();
    rankings.forEach(
        (query, ids) -> {
          List<RankedPassage> passages = new ArrayList<>();
          for (int i = 0; i < ids.size(); i++) {
            passages.add(new RankedPassage(ids.get(i), 1.0 / (i + 1)));
          }
          ranked.put(query, passages);
        });
    return TrecRun.of("test", ranked);
  }

  private final TrecRun before =
      run(
          Map.of(
              "better", List.of("c", "b", "a"),
              "worse", List.of("b", "c"),
              "same", List.of("a", "b"),
              "lost", List.of("z")));
  private final TrecRun after =
      run(
          Map.of(
              "better", List.of("a", "b", "c"),
              "worse", List.of("c", "b"),
              "same", List.of("a", "c")));

  @Test
  void drawsOnlyQueriesWhoseAnswerMoved() {
    List<RankChange> drawn = RankChange.draw(QRELS, before, after, 10, 1);
    assertThat(drawn)
        .containsExactlyInAnyOrder(
            new RankChange("better", OptionalInt.of(3), OptionalInt.of(1)),
            new RankChange("worse", OptionalInt.of(1), OptionalInt.of(2)),
            new RankChange("lost", OptionalInt.of(1), OptionalInt.empty()));
  }

  @Test
  void showsAWorseOneBesideABetterOne() {
    List<RankChange> drawn = RankChange.draw(QRELS, before, after, 2, 1);
    assertThat(drawn).hasSize(2);
    assertThat(drawn).filteredOn(RankChange::better).hasSize(1);
    assertThat(drawn).filteredOn(RankChange::worse).hasSize(1);
  }

  @Test
  void drawsTheSameForTheSameSeed() {
    assertThat(RankChange.draw(QRELS, before, after, 2, 7))
        .isEqualTo(RankChange.draw(QRELS, before, after, 2, 7));
  }

  @Test
  void drawsNothingWhereNothingMoved() {
    assertThat(RankChange.draw(QRELS, before, before, 4, 1)).isEmpty();
  }
}
