package dev.tandem.index.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.fusion.WeightedScores.Normalization;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.PassageIds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FusionTest {

  private static List<RankedPassage> ranking(Object... idsAndScores) {
    List<RankedPassage> ranking = new ArrayList<>();
    for (int i = 0; i < idsAndScores.length; i += 2) {
      ranking.add(new RankedPassage((String) idsAndScores[i], (double) idsAndScores[i + 1]));
    }
    return ranking;
  }

  private static void assertRanking(List<RankedPassage> ranking, Object... idsAndScores) {
    assertThat(ranking).hasSize(idsAndScores.length / 2);
    for (int i = 0; i < ranking.size(); i++) {
      assertThat(ranking.get(i).id()).isEqualTo(idsAndScores[2 * i]);
      assertThat(ranking.get(i).score()).isCloseTo((double) idsAndScores[2 * i + 1], within(1e-6));
    }
  }

  @Test
  void reciprocalRanksAddUp() {
    List<RankedPassage> first = ranking("a", 9.0, "b", 5.0, "c", 1.0);
    List<RankedPassage> second = ranking("c", 0.9, "d", 0.8, "a", 0.1);
    // a 1/61 + 1/63, c 1/63 + 1/61: equal, the larger id first; then b and d 1/62 each.
    assertRanking(
        new ReciprocalRankFusion(60).fuse(List.of(first, second), 10),
        "c",
        0.0322664586,
        "a",
        0.0322664586,
        "d",
        0.0161290323,
        "b",
        0.0161290323);
  }

  @Test
  void minMaxBringsScoresToOneScale() {
    List<RankedPassage> first = ranking("a", 9.0, "b", 5.0, "c", 1.0);
    List<RankedPassage> second = ranking("c", 0.9, "d", 0.7, "a", 0.1);
    // First 1, .5, 0 of weight .25; second 1, .75, 0 of weight .75.
    assertRanking(
        new WeightedScores(Normalization.MIN_MAX, 0.25, 0.75).fuse(List.of(first, second), 10),
        "c",
        0.75,
        "d",
        0.5625,
        "a",
        0.25,
        "b",
        0.125);
  }

  @Test
  void zScoresCountDeviationsFromTheMean() {
    List<RankedPassage> first = ranking("a", 3.0, "b", 1.0);
    List<RankedPassage> second = ranking("c", 8.0, "b", 4.0, "a", 4.0, "d", 0.0);
    // First: a 1, b -1, others as the last: -1. Second: deviation sqrt(8), so c 1.414214, a and b
    // 0, d -1.414214.
    assertRanking(
        new WeightedScores(Normalization.Z_SCORE, 1, 1).fuse(List.of(first, second), 10),
        "a",
        1.0,
        "c",
        0.414214,
        "b",
        -1.0,
        "d",
        -2.414214);
  }

  @Test
  void listsOfEqualScoresAndEmptyOnesAreNoTrouble() {
    List<RankedPassage> equal = ranking("b", 2.0, "a", 2.0);
    for (Normalization normalization : Normalization.values()) {
      assertThat(new WeightedScores(normalization, 1, 1).fuse(List.of(equal, List.of()), 10))
          .extracting(RankedPassage::id)
          .containsExactly("b", "a");
    }
    assertThat(new ReciprocalRankFusion(60).fuse(List.of(List.of(), List.of()), 10)).isEmpty();
  }

  @Test
  void keepsTheDepthAsked() {
    List<RankedPassage> first = ranking("a", 9.0, "b", 5.0, "c", 1.0);
    assertThat(new ReciprocalRankFusion(60).fuse(List.of(first, first), 2))
        .extracting(RankedPassage::id)
        .containsExactly("a", "b");
  }

  @Test
  void fusesHitsQueryByQuery() {
    SearchHits first = hits(new int[] {0, 2, 2}, new float[] {2, 1}, "a", "b");
    SearchHits second = hits(new int[] {0, 1, 2}, new float[] {7, 8}, "b", "c");
    SearchHits fused = new ReciprocalRankFusion(60).fuse(new SearchHits[] {first, second}, 10);
    // b 1/62 + 1/61, a 1/61.
    assertRanking(fused.ranking(0), "b", 0.0325224749, "a", 0.0163934426);
    assertRanking(fused.ranking(1), "c", 0.0163934426);
  }

  private static SearchHits hits(int[] starts, float[] scores, String... ids) {
    int[] rows = new int[ids.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return PartHits.of(starts, scores, rows).withIds(PassageIds.of(ids));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> new ReciprocalRankFusion(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> new WeightedScores(Normalization.MIN_MAX, 0, 0))
        .hasMessageContaining("[0.0, 0.0]");
    assertThatThrownBy(
            () -> new WeightedScores(Normalization.MIN_MAX, 1, 1).fuse(List.of(List.of()), 5))
        .hasMessageContaining("2 weights got 1 rankings");
    assertThatThrownBy(() -> new ReciprocalRankFusion(1).fuse(List.of(List.of()), 0))
        .hasMessageContaining("depth");
    assertThatThrownBy(() -> PartHits.of(new int[] {0, 2}, new float[1], new int[1]))
        .hasMessageContaining("do not fit");
  }
}
