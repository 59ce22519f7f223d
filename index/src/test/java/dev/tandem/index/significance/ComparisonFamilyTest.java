package dev.tandem.index.significance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.measure.EvaluationOptions;
import dev.tandem.index.measure.MeasureSet;
import dev.tandem.index.measure.TrecEval;
import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonFamilyTest {

  private static final RandomizationTest RANDOMIZATION = new RandomizationTest(1000, 1);
  private static final Qrels QRELS =
      Qrels.of(
          Map.of(
              "q1", Map.of("a", 1),
              "q2", Map.of("a", 1),
              "q3", Map.of("a", 1),
              "q4", Map.of("a", 1)));

  /** A run with the relevant passage at the given rank of q1, q2, ..; rank 0 for no results. */
  private static Evaluation run(String tag, boolean complete, int... ranks) {
    Map<String, List<RankedPassage>> rankings = new LinkedHashMap<>();
    for (int i = 0; i < ranks.length; i++) {
      List<RankedPassage> ranking = new ArrayList<>();
      for (int rank = 1; rank <= ranks[i]; rank++) {
        ranking.add(new RankedPassage(rank == ranks[i] ? "a" : "x" + rank, -rank));
      }
      if (!ranking.isEmpty()) {
        rankings.put("q" + (i + 1), ranking);
      }
    }
    return TrecEval.evaluate(
        QRELS,
        TrecRun.of(tag, rankings),
        EvaluationOptions.DEFAULT.withCompleteQueries(complete),
        MeasureSet.of("RR", "P@1"));
  }

  @Test
  void comparesEveryPairByEveryMeasure() {
    ComparisonFamily family =
        ComparisonFamily.of(
            List.of(
                run("a", false, 1, 2, 2, 4), run("b", false, 1, 1, 4, 2), run("c", false, 1, 1, 1)),
            List.of("RR", "P@1"),
            RANDOMIZATION);
    assertThat(family.comparisons())
        .extracting(c -> c.first() + "-" + c.second() + " " + c.measure() + " " + c.queries())
        .containsExactly("0-1 RR 4", "0-1 P@1 4", "0-2 RR 3", "0-2 P@1 3", "1-2 RR 3", "1-2 P@1 3");
    RunComparison first = family.comparisons().get(0);
    // RR 1 .5 .5 .25 against 1 1 .25 .5.
    assertThat(first.firstMean()).isEqualTo(0.5625);
    assertThat(first.secondMean()).isEqualTo(0.6875);
    assertThat(first.difference()).isEqualTo(0.125);
    assertThat(List.of(first.wins(), first.ties(), first.losses())).containsExactly(2, 1, 1);
    assertThat(first.perQuery().get("q3").difference()).isEqualTo(-0.25);
  }

  @Test
  void correctsOverAllComparisons() {
    ComparisonFamily family =
        ComparisonFamily.of(
            List.of(run("a", false, 1, 2, 2, 4), run("b", false, 1, 1, 4, 2)),
            List.of("RR", "P@1"),
            RANDOMIZATION);
    double[] p = family.comparisons().stream().mapToDouble(c -> c.tTest().p()).toArray();
    double smaller = Math.min(p[0], p[1]);
    for (RunComparison comparison : family.comparisons()) {
      double expected =
          comparison.tTest().p() == smaller
              ? Math.min(1, 2 * smaller)
              : Math.max(Math.min(1, 2 * smaller), comparison.tTest().p());
      assertThat(comparison.tTestHolm()).isCloseTo(expected, within(1e-15));
      assertThat(comparison.randomizationHolm())
          .isGreaterThanOrEqualTo(comparison.randomizationP());
    }
  }

  @Test
  void pairsOnlyQueriesThatBothHave() {
    List<Evaluation> runs = List.of(run("a", false, 1, 0, 1, 1), run("b", false, 1, 1, 0, 1));
    ComparisonFamily family = ComparisonFamily.of(runs, List.of("RR"), RANDOMIZATION);
    assertThat(family.comparisons().get(0).perQuery()).containsOnlyKeys("q1", "q4");
  }

  @Test
  void countsAMissingQueryAsZeroWhereTheEvaluationDoes() {
    List<Evaluation> runs = List.of(run("a", true, 1, 0, 1, 1), run("b", true, 1, 1, 0, 1));
    RunComparison comparison =
        ComparisonFamily.of(runs, List.of("RR"), RANDOMIZATION).comparisons().get(0);
    assertThat(comparison.queries()).isEqualTo(4);
    assertThat(comparison.perQuery().get("q2").difference()).isEqualTo(1);
    assertThat(comparison.perQuery().get("q3").difference()).isEqualTo(-1);
  }

  @Test
  void refusesRunsWithoutACommonQuery() {
    List<Evaluation> runs = List.of(run("a", false, 1, 0, 0, 0), run("b", false, 0, 1, 1, 1));
    assertThatThrownBy(() -> ComparisonFamily.of(runs, List.of("RR"), RANDOMIZATION))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a'")
        .hasMessageContaining("'b'")
        .hasMessageContaining("-c");
  }
}
