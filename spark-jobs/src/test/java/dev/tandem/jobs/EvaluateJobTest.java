package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.command.CommandLineRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateJobTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private String qrels;
  private String run;

  @BeforeEach
  void writeFiles() throws IOException {
    qrels = write("qrels", "q1 0 a 1\nq1 0 b 2\nq2 0 c 1\nq3 0 d 1\n");
    run = write("run", "q1 Q0 b 1 3.0 t\nq1 Q0 x 2 2.0 t\nq1 Q0 a 3 1.0 t\nq2 Q0 x 1 1.0 t\n");
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private int evaluate(String... arguments) {
    return new CommandLineRunner(new PrintStream(out, true), new PrintStream(err, true))
        .run(new EvaluateJob(), arguments);
  }

  @Test
  void printsAsTrecEval() {
    // Average precision of q1 is (1/1 + 2/3) / 2 = .8333, of q2 0.
    assertThat(evaluate(qrels, run, "-m", "map", "-q")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines(
            "map                   \tq1\t0.8333\n"
                + "map                   \tq2\t0.0000\n"
                + "map                   \tall\t0.4167\n");
  }

  @Test
  void countsQueriesWithoutResultsWithOptionC() {
    assertThat(evaluate(qrels, run, "-m", "map", "-c")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("map                   \tall\t0.2778");
  }

  @Test
  void leavesOutResultsBelowTheRankOfOptionM() {
    assertThat(evaluate(qrels, run, "-m", "map", "-M", "2")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("all\t0.2500");
  }

  @Test
  void raisesTheRelevanceLevelWithOptionL() {
    assertThat(evaluate(qrels, run, "-m", "num_rel", "-l", "2")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("all\t1");
  }

  @Test
  void printsOneJsonObjectWithEveryMeasure() throws IOException {
    assertThat(evaluate(qrels, run, "--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toByteArray());
    assertThat(json.get("queries").asInt()).isEqualTo(2);
    assertThat(json.get("measures").get("recip_rank").asDouble()).isEqualTo(0.5);
    assertThat(json.get("measures").has("ndcg_cut_10")).isTrue();
  }

  /** A run that has the relevant passage "a" at the given rank of q1, q2, ..; 0 for no results. */
  private String runWithRanks(String name, int... ranks) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int q = 1; q <= ranks.length; q++) {
      for (int rank = 1; rank <= ranks[q - 1]; rank++) {
        String passage = rank == ranks[q - 1] ? "a" : "x" + rank;
        text.append(String.format("q%d Q0 %s %d %d %s%n", q, passage, rank, -rank, name));
      }
    }
    return write(name, text.toString());
  }

  private String fourQueries() throws IOException {
    return write("many", "q1 0 a 1\nq2 0 a 1\nq3 0 a 1\nq4 0 a 1\n");
  }

  @Test
  void testsTwoRunsForADifference() throws IOException {
    String worse = runWithRanks("worse", 2, 2, 4, 5);
    String better = runWithRanks("better", 1, 1, 1, 2);
    assertThat(evaluate(fourQueries(), worse, better, "--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toByteArray());
    JsonNode test = json.get("tests").get("recip_rank");
    // scipy.stats.ttest_rel([1, 1, 1, .5], [.5, .5, .25, .2]): differences .5, .5, .75, .3.
    assertThat(test.get("difference").asDouble()).isCloseTo(0.5125, within(1e-12));
    assertThat(test.get("p").asDouble()).isCloseTo(0.011464604338964292, within(1e-9));
    assertThat(test.get("t").asDouble()).isCloseTo(5.562252269247455, within(1e-9));
    assertThat(test.get("queries").asInt()).isEqualTo(4);
    assertThat(test.get("wins").asInt()).isEqualTo(4);
    // Six measures are compared by default; all four signs turned or none: p is near 1/8.
    assertThat(json.get("family").get("comparisons").asInt()).isEqualTo(6);
    assertThat(test.get("p-holm").asDouble()).isGreaterThan(test.get("p").asDouble());
    assertThat(test.get("randomization-p").asDouble()).isCloseTo(0.125, within(0.0135));
    // Not asked for, so not in the family; the t-test is there all the same.
    assertThat(json.get("tests").get("P_5").has("p")).isTrue();
    assertThat(json.get("tests").get("P_5").has("p-holm")).isFalse();
    assertThat(json.get("measures2").get("recip_rank").asDouble()).isEqualTo(0.875);
  }

  @Test
  void comparesThreeRunsByTheMeasuresAskedFor() throws IOException {
    String first = runWithRanks("one", 1, 2, 2, 4);
    String second = runWithRanks("two", 1, 1, 4, 2);
    String third = runWithRanks("three", 1, 1, 1);
    assertThat(
            evaluate(fourQueries(), first, second, third, "-m", "RR", "-m", "P@1", "-q", "--json"))
        .isZero();
    JsonNode json = new ObjectMapper().readTree(out.toByteArray());
    assertThat(json.get("comparisons")).hasSize(6);
    JsonNode last = json.get("comparisons").get(5);
    assertThat(last.get("run").asText()).isEqualTo("two");
    assertThat(last.get("run2").asText()).isEqualTo("three");
    assertThat(last.get("measure").asText()).isEqualTo("P@1");
    assertThat(last.get("queries").asInt()).isEqualTo(3);
    assertThat(last.get("unpaired").asInt()).isEqualTo(1);
    assertThat(last.get("differences").get("q3").asDouble()).isEqualTo(1);
    assertThat(json.get("runs").get(2).get("measures").get("RR").asDouble()).isEqualTo(1);
  }

  @Test
  void printsTheComparisonWithItsPairs() throws IOException {
    String first = runWithRanks("one", 1, 2, 2, 4);
    String second = runWithRanks("two", 1, 1, 4);
    assertThat(evaluate(fourQueries(), first, second, "-m", "RR", "-q")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("first one, second two: 3 queries paired, 1 judged without results")
        .containsPattern("RR +0\\.6667 +0\\.7500 +\\+0\\.0833 +1 +1 +1 ")
        .contains("RR                    \tq3\t-0.2500");
  }

  @Test
  void pairsEveryJudgedQueryWithOptionC() throws IOException {
    String first = runWithRanks("one", 1, 2, 2, 4);
    String second = runWithRanks("two", 1, 1, 4);
    assertThat(evaluate(fourQueries(), first, second, "-m", "RR", "-c")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("first one, second two: 4 queries paired" + System.lineSeparator());
  }

  @Test
  void writesPerQueryValuesForPlots() throws IOException {
    String first = runWithRanks("one", 1, 2, 2, 4);
    String second = runWithRanks("two", 1, 1, 4);
    Path table = directory.resolve("plot.tsv");
    assertThat(evaluate(fourQueries(), first, second, "-m", "RR", "--per-query", table.toString()))
        .isZero();
    assertThat(table)
        .hasContent(
            """
            measure\trun\trun2\tquery\tvalue\tvalue2\tdifference
            RR\tone\ttwo\tq2\t0.5\t1.0\t0.5
            RR\tone\ttwo\tq1\t1.0\t1.0\t0.0
            RR\tone\ttwo\tq3\t0.5\t0.25\t-0.25
            """);
    assertThat(evaluate(fourQueries(), second, "-m", "RR", "--per-query", table.toString()))
        .isZero();
    assertThat(table)
        .hasContent(
            "measure\trun\tquery\tvalue\nRR\ttwo\tq1\t1.0\nRR\ttwo\tq2\t1.0\nRR\ttwo\tq3\t0.25\n");
  }

  @Test
  void refusesRunsWithoutACommonQuery() throws IOException {
    String first = runWithRanks("one", 1, 1);
    String second = runWithRanks("two", 0, 0, 1, 1);
    assertThat(evaluate(fourQueries(), first, second)).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no judged query in common");
  }

  @Test
  void namesTheRunThatIsMissing() throws IOException {
    assertThat(evaluate(qrels, run, run, run + ".gone")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("RUN3 = " + run + ".gone");
  }

  @Test
  void refusesAMissingFile() {
    assertThat(evaluate(qrels, run + ".gone")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("RUN = " + run + ".gone");
  }

  @Test
  void refusesAMalformedRunWithItsLine() throws IOException {
    assertThat(evaluate(qrels, write("bad", "q1 Q0 b 1 3.0 t\nq1 Q0 x two\n"))).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("bad:2");
  }

  @Test
  void refusesARunWithOtherQueries() throws IOException {
    assertThat(evaluate(qrels, write("other", "z Q0 b 1 3.0 t\n"))).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("none of the judged queries");
  }

  @Test
  void refusesUnknownMeasuresAndLevels() {
    assertThat(evaluate(qrels, run, "-m", "mapp", "-l", "0")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("-m = mapp").contains("-l = 0");
  }
}
