package dev.tandem.index.measure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IrMeasuresTest {

  /** A value that ir_measures' own tests assert; see the NOTICE beside cases.json. */
  record Case(String qrels, String run, String measure, String query, double value) {
    @Override
    public String toString() {
      return measure + " of query " + query;
    }
  }

  static Stream<Case> asserted() throws IOException {
    List<Case> cases = new ArrayList<>();
    try (InputStream in = IrMeasuresTest.class.getResourceAsStream("/ir_measures/cases.json")) {
      for (JsonNode file : new ObjectMapper().readTree(in)) {
        for (JsonNode line : file.get("expected")) {
          String[] parts = line.asText().split(" ");
          cases.add(
              new Case(
                  text(file.get("qrels")),
                  text(file.get("run")),
                  parts[0],
                  parts[1],
                  Double.parseDouble(parts[2])));
        }
      }
    }
    return cases.stream();
  }

  private static String text(JsonNode lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.asText()).append('\n'));
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("asserted")
  void agreesWithIrMeasures(Case test) throws IOException {
    Qrels qrels = QrelsReader.read(new StringReader(test.qrels()), "qrels");
    TrecRun run = TrecRunReader.read(new StringReader(test.run()), "run");
    Evaluation evaluation =
        TrecEval.evaluate(
            qrels, run, EvaluationOptions.DEFAULT, MeasureSet.of(List.of(test.measure())));
    double value =
        test.query().equals("all")
            ? evaluation.summary().values().iterator().next()
            : evaluation.query(test.query()).values().iterator().next();
    // Some are asserted to four decimals only.
    assertThat(value).isCloseTo(test.value(), within(6e-5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nDCG@10; nDCG@10",
        "NDCG@10; nDCG@10",
        "MAP; AP",
        "MRR@10; RR@10",
        "P(rel=2)@5; P(rel=2)@5",
        "Precision(rel=2, cutoff=5); P(rel=2)@5",
        "IPrec(recall=0.1); IPrec@0.1",
        "SetF(beta=0.5); SetF(beta=0.5)",
        "AP(rel=2,judged_only=True)@100; AP(rel=2,judged_only=True)@100",
      })
  void printsItsNamesAsIrMeasuresDoes(String given, String printed) {
    assertThat(MeasureSet.of(given).valueNames()).containsExactly(printed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nDCG@10; ndcg_cut_10",
        "P@10; P_10",
        "R@100; recall_100",
        "AP; map",
        "AP@100; map_cut_100",
        "RR; recip_rank",
        "Bpref; bpref",
        "Success@5; success_5",
        "SetP; set_P",
        "SetR; set_recall",
        "infAP; infAP",
        "IPrec@0.1; iprec_at_recall_0.10",
      })
  void hasTheValueOfTrecEvalsName(String name, String trecName) throws IOException {
    // trec_eval's own test data, for which every value under its names is checked to the letter.
    Evaluation all = evaluateReference(MeasureSet.allTrec());
    Evaluation named = evaluateReference(MeasureSet.of(name));
    assertThat(named.perQuery(name)).isEqualTo(all.perQuery(trecName));
    assertThat(named.value(name)).isEqualTo(all.value(trecName));
  }

  private static Evaluation evaluateReference(MeasureSet measures) throws IOException {
    try (InputStream qrels = IrMeasuresTest.class.getResourceAsStream("/trec_eval/qrels.test");
        InputStream run = IrMeasuresTest.class.getResourceAsStream("/trec_eval/results.test")) {
      return TrecEval.evaluate(
          QrelsReader.read(new StringReader(new String(qrels.readAllBytes(), UTF_8)), "qrels.test"),
          TrecRunReader.read(
              new StringReader(new String(run.readAllBytes(), UTF_8)), "results.test"),
          EvaluationOptions.DEFAULT,
          measures);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Success(rel=1)@1; 1.0",
        "P(rel=1)@1; 1.0",
        "P@1; 0.0",
      })
  void takesTheLevelOfTheOptionsWhereNoneIsGiven(String name, double value) {
    Qrels qrels = Qrels.of(Map.of("q", Map.of("a", 1, "b", 2)));
    TrecRun run = TrecRun.of("t", Map.of("q", List.of(new RankedPassage("a", 1.0))));
    Evaluation evaluation =
        TrecEval.evaluate(
            qrels, run, EvaluationOptions.DEFAULT.withRelevanceLevel(2), MeasureSet.of(name));
    assertThat(evaluation.value(name)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "R",
        "Success",
        "nDCG(rel=2)@10",
        "P@0",
        "P@0.5",
        "P(rel=0)@5",
        "P(rel=two)@5",
        "Rprec@10()",
        "SetF(beta=x)",
        "AP(judged_only=maybe)",
        "SetP@5",
        "P(rel=1,rel=2)@5",
        "IPrec",
      })
  void refusesWhatDoesNotFit(String name) {
    assertThatThrownBy(() -> MeasureSet.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + name.replaceAll("[(@].*", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ERR@20", "nDGC@10", "RBP"})
  void namesWhatItKnows(String name) {
    assertThatThrownBy(() -> MeasureSet.of(name))
        .hasMessageContaining("unknown measure '" + name)
        .hasMessageContaining("nDCG[@k]");
  }
}
