package dev.tandem.index.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** trec_eval's own tests: each names the command whose output must be the same to the letter. */
class TrecEvalReferenceTest {

  private static final MeasureSet ALL = MeasureSet.allTrec();

  @Test
  void officialMeasures() throws IOException {
    // trec_eval qrels.test results.test
    Evaluation evaluation =
        evaluate("qrels.test", "results.test", EvaluationOptions.DEFAULT, MeasureSet.official());
    assertThat(EvaluationPrinter.summary(evaluation)).isEqualTo(text("out.test"));
  }

  @Test
  void qrelsWithComments() throws IOException {
    Evaluation evaluation =
        evaluate(
            "qrels.test.with-comments",
            "results.test",
            EvaluationOptions.DEFAULT,
            MeasureSet.official());
    assertThat(EvaluationPrinter.summary(evaluation)).isEqualTo(text("out.test"));
  }

  @Test
  void allMeasures() throws IOException {
    // trec_eval -m all_trec qrels.test results.test
    Evaluation evaluation = evaluate("qrels.test", "results.test", EvaluationOptions.DEFAULT, ALL);
    assertThat(EvaluationPrinter.summary(evaluation)).isEqualTo(text("out.test.a"));
  }

  @Test
  void allMeasuresPerQuery() throws IOException {
    // trec_eval -m all_trec -q qrels.test results.test
    Evaluation evaluation = evaluate("qrels.test", "results.test", EvaluationOptions.DEFAULT, ALL);
    assertThat(EvaluationPrinter.perQueryAndSummary(evaluation)).isEqualTo(text("out.test.aq"));
  }

  @Test
  void averagedOverAllJudgedQueries() throws IOException {
    // trec_eval -m all_trec -q -c qrels.test results.trunc
    EvaluationOptions options = EvaluationOptions.DEFAULT.withCompleteQueries(true);
    Evaluation evaluation = evaluate("qrels.test", "results.trunc", options, ALL);
    assertThat(EvaluationPrinter.perQueryAndSummary(evaluation)).isEqualTo(text("out.test.aqc"));
  }

  @Test
  void cutAtRankHundred() throws IOException {
    // trec_eval -m all_trec -q -c -M100 qrels.test results.trunc
    EvaluationOptions options =
        EvaluationOptions.DEFAULT.withCompleteQueries(true).withMaxPerTopic(100);
    Evaluation evaluation = evaluate("qrels.test", "results.trunc", options, ALL);
    assertThat(EvaluationPrinter.perQueryAndSummary(evaluation)).isEqualTo(text("out.test.aqcM"));
  }

  @Test
  void relevantFromGradeTwo() throws IOException {
    // trec_eval -m all_trec -mrelstring.20 -q -l2 qrels.rel_level results.test
    Evaluation evaluation =
        evaluate(
            "qrels.rel_level",
            "results.test",
            EvaluationOptions.DEFAULT.withRelevanceLevel(2),
            MeasureSet.of("all_trec", "relstring.20"));
    assertThat(EvaluationPrinter.perQueryAndSummary(evaluation)).isEqualTo(text("out.test.aql"));
  }

  @Test
  void measureParameters() throws IOException {
    MeasureSet measures =
        MeasureSet.of(
            "iprec_at_recall..10,.20,.25,.75,.50",
            "P.5,7,3",
            "recall.20,2000",
            "Rprec_mult.5.0,0.2,0.35",
            "utility.2,-1,0,0",
            "11pt_avg..25,.5,.75",
            "ndcg.1=3,2=9,4=4.5",
            "ndcg_cut.10,20,23.4",
            "success.2,5,20");
    Evaluation evaluation =
        evaluate("qrels.test", "results.test", EvaluationOptions.DEFAULT, measures);
    assertThat(EvaluationPrinter.perQueryAndSummary(evaluation))
        .isEqualTo(text("out.test.meas_params"));
  }

  private static Evaluation evaluate(
      String qrels, String run, EvaluationOptions options, MeasureSet measures) throws IOException {
    Qrels judgements = QrelsReader.read(new StringReader(text(qrels)), qrels);
    TrecRun results = TrecRunReader.read(new StringReader(text(run)), run);
    return TrecEval.evaluate(judgements, results, options, measures);
  }

  private static String text(String name) throws IOException {
    try (InputStream in = TrecEvalReferenceTest.class.getResourceAsStream("/trec_eval/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
