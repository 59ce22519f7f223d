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

  @Test
  void testsTwoRunsForADifference() throws IOException {
    String judgements = write("many", "q1 0 a 1\nq2 0 a 1\nq3 0 a 1\nq4 0 a 1\n");
    StringBuilder better = new StringBuilder();
    StringBuilder worse = new StringBuilder();
    for (int q = 1; q <= 4; q++) {
      better.append("q").append(q).append(" Q0 a 1 2 t\n");
      worse.append("q").append(q).append(" Q0 x 1 2 t\n");
      if (q <= 2) {
        worse.append("q").append(q).append(" Q0 a 2 1 t\n");
      }
    }
    assertThat(
            evaluate(
                judgements,
                write("worse", worse.toString()),
                write("better", better.toString()),
                "--json"))
        .isZero();
    JsonNode test = new ObjectMapper().readTree(out.toByteArray()).get("tests").get("recip_rank");
    // Differences .5, .5, 1, 1: t = .75 / (.288675 / 2) = 5.196 with 3 degrees of freedom.
    assertThat(test.get("difference").asDouble()).isEqualTo(0.75);
    assertThat(test.get("p").asDouble()).isCloseTo(0.01385, within(1e-4));
    assertThat(test.get("queries").asInt()).isEqualTo(4);
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
