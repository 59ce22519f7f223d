package dev.tandem.index.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  private static final Qrels QRELS =
      Qrels.of(
          Map.of(
              "1", Map.of("a", 1, "b", 2, "c", 0),
              "2", Map.of("a", 1),
              "3", Map.of("z", 0)));

  // Query 1 finds b at rank 1, x without judgement, then a; query 2 finds nothing relevant.
  private static final TrecRun RUN =
      TrecRun.of(
          "test",
          Map.of(
              "1", List.of(passage("b", 3), passage("x", 2), passage("a", 1)),
              "2", List.of(passage("q", 1)),
              "unjudged", List.of(passage("a", 1))));

  @Test
  void averagesOverJudgedQueriesWithResults() {
    Evaluation evaluation = TrecEval.evaluate(QRELS, RUN);
    assertThat(evaluation.queries()).isEqualTo(2);
    // Query 1: (1/1 + 2/3) / 2; query 2: 0.
    assertThat(evaluation.value("map")).isCloseTo((5.0 / 6) / 2, within(1e-12));
    assertThat(evaluation.value("recip_rank")).isEqualTo(0.5);
    // (2/log2(2) + 1/log2(4)) / (2/log2(2) + 1/log2(3))
    assertThat(evaluation.query("1").get("ndcg_cut_5"))
        .isCloseTo(2.5 / (2 + Math.log(2) / Math.log(3)), within(1e-12));
    assertThat(evaluation.perQuery("P_5"))
        .containsExactly(Map.entry("1", 0.4), Map.entry("2", 0.0));
    assertThat(evaluation.summary()).containsEntry("num_rel", 3.0).doesNotContainKey("runid");
    assertThat(evaluation.query("1")).doesNotContainKeys("gm_map", "num_q", "relstring");
  }

  @Test
  void completeQueriesCountAsZero() {
    Evaluation evaluation =
        TrecEval.evaluate(QRELS, RUN, EvaluationOptions.DEFAULT.withCompleteQueries(true));
    assertThat(evaluation.queries()).isEqualTo(3);
    assertThat(evaluation.value("num_q")).isEqualTo(3);
    assertThat(evaluation.value("map")).isCloseTo((5.0 / 6) / 3, within(1e-12));
    assertThat(evaluation.query("3").values()).doesNotContain(Double.NaN);
  }

  @Test
  void judgedOnlyDropsTheRest() {
    Evaluation evaluation =
        TrecEval.evaluate(QRELS, RUN, EvaluationOptions.DEFAULT.withJudgedOnly(true));
    assertThat(evaluation.query("1")).containsEntry("num_ret", 2.0).containsEntry("map", 1.0);
    // Nothing is left of query 2, and still every value is a number.
    assertThat(evaluation.query("2").values()).doesNotContain(Double.NaN);
  }

  @Test
  void computesNamedMeasuresOnly() {
    MeasureSet measures = MeasureSet.of("recall_100", "ndcg_cut_10", "recip_rank", "ndcg_cut_3");
    Evaluation evaluation = TrecEval.evaluate(QRELS, RUN, EvaluationOptions.DEFAULT, measures);
    assertThat(evaluation.summary().keySet())
        .containsExactly("recip_rank", "recall_100", "ndcg_cut_3", "ndcg_cut_10");
    assertThat(MeasureSet.of("iprec_at_recall_0.10").valueNames())
        .containsExactly("iprec_at_recall_0.10");
    assertThatThrownBy(() -> evaluation.value("map")).hasMessageContaining("was not computed");
  }

  @Test
  void takesRankingsOneByOne() {
    Evaluator evaluator = new Evaluator(QRELS, MeasureSet.allTrec(), EvaluationOptions.DEFAULT);
    evaluator.add("1", 3, rank -> List.of("b", "x", "a").get(rank));
    evaluator.add("2", 1, rank -> "q");
    assertThat(evaluator.finish("test").summary())
        .isEqualTo(TrecEval.evaluate(QRELS, RUN).summary());
    assertThatThrownBy(() -> evaluator.add("1", 1, rank -> "a"))
        .hasMessage("query '1' was given twice");
  }

  @Test
  void saysWhenRunAndQrelsHaveNothingInCommon() {
    TrecRun other = TrecRun.of("t", Map.of("q1", List.of(passage("a", 1))));
    assertThatThrownBy(() -> TrecEval.evaluate(QRELS, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do the query ids of run and qrels agree?")
        .hasMessageContaining("the first is '1'");
  }

  @Test
  void refusesWrongMeasures() {
    assertThatThrownBy(() -> MeasureSet.of("ndgc_cut_10"))
        .hasMessageStartingWith("unknown measure 'ndgc_cut_10'; known are ");
    assertThatThrownBy(() -> MeasureSet.of("map.5")).hasMessageContaining("takes no parameters");
    assertThatThrownBy(() -> MeasureSet.of("P.5,x")).hasMessageContaining("takes numbers");
    assertThatThrownBy(() -> MeasureSet.of("P.0")).hasMessageContaining("must be positive");
    assertThatThrownBy(() -> MeasureSet.of("ndcg.3")).hasMessageContaining("pairs grade=gain");
    assertThatThrownBy(() -> MeasureSet.of("utility.1,2")).hasMessageContaining("4 coefficients");
    assertThatThrownBy(() -> MeasureSet.of(List.of())).hasMessage("no measures named");
  }

  private static RankedPassage passage(String id, double score) {
    return new RankedPassage(id, score);
  }
}
