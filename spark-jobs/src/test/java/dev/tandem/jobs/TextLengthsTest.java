package dev.tandem.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.command.CommandLineRunner;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.retrieval.TinyModelDirectory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text lengths that a model has no positions for, as a user meets them: before Spark starts. */
class TextLengthsTest {
  /** One more than the model's positions. */
  private static final int TOO_LONG = 25;

  @TempDir Path directory;

  @BeforeEach
  void write() throws IOException {
    TinyModelDirectory.write(directory.resolve("model"), 1, List.of("list", "sort"));
    Files.writeString(directory.resolve("corpus.tsv"), "p1\tlist\n");
    Files.writeString(directory.resolve("queries.tsv"), "q1\tsort\n");
    Files.writeString(directory.resolve("qrels.txt"), "q1 0 p1 1\n");
  }

  private record Outcome(int status, String messages) {}

  private Outcome run(Job job, int queryLength, int passageLength) {
    List<String> arguments = new ArrayList<>();
    for (String role : List.of("collection=corpus.tsv", "queries=queries.tsv", "qrels=qrels.txt")) {
      arguments.add("data." + role.replace("=", "=" + directory + "/"));
    }
    arguments.add("model.source=" + directory.resolve("model"));
    arguments.add("workspace=" + directory.resolve("workspace"));
    arguments.add("data.query-max-length=" + queryLength);
    arguments.add("data.passage-max-length=" + passageLength);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new CommandLineRunner(
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8))
            .run(job, arguments.toArray(String[]::new));
    return new Outcome(status, err.toString(StandardCharsets.UTF_8));
  }

  private void assertRefused(Job job, int queryLength, int passageLength) {
    Outcome outcome = run(job, queryLength, passageLength);
    assertThat(outcome.status()).as(outcome.messages()).isEqualTo(2);
    assertThat(outcome.messages())
        .contains(queryLength > passageLength ? "query-max-length" : "passage-max-length")
        .contains(Integer.toString(TOO_LONG))
        .contains("24")
        .doesNotContain("Exception");
    assertThat(directory.resolve("workspace")).as("nothing was tokenized").doesNotExist();
  }

  @Test
  void encodeRefusesPassagesLongerThanTheModel() {
    assertRefused(new EncodeJob(), 24, TOO_LONG);
  }

  @Test
  void validateRefusesQueriesAndPassagesLongerThanTheModel() {
    assertRefused(new ValidateJob(), 24, TOO_LONG);
    assertRefused(new ValidateJob(), TOO_LONG, 24);
  }

  @Test
  void trainRefusesQueriesAndPassagesLongerThanTheModel() {
    assertRefused(new TrainJob(), 24, TOO_LONG);
    assertRefused(new TrainJob(), TOO_LONG, 24);
  }
}
