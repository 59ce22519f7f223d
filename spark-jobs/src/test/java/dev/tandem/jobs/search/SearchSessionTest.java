package dev.tandem.jobs.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.failure.TandemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a session makes of lines. */
class SearchSessionTest {
  private final StringWriter out = new StringWriter();
  private final List<String> notes = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();

  private SearchSession session(boolean json) {
    return new SearchSession(
        (query, depth) -> {
          asked.add(query + " " + depth);
          if (query.equals("broken")) {
            throw new TandemException(TandemException.Kind.ARTIFACT, "it is damaged");
          }
          return AnswerTextTest.answer(AnswerTextTest.hit(1, "p1", "one\ntwo"));
        },
        new SearchSession.Settings(10, false, false, json),
        new PrintWriter(out),
        notes::add);
  }

  private String shown() {
    String text = out.toString().replace(System.lineSeparator(), "\n");
    out.getBuffer().setLength(0);
    return text;
  }

  @Test
  void commandsChangeWhatTheNextAnswersShow() throws IOException {
    SearchSession session = session(false);
    assertThat(session.typed(" files ", 80)).isTrue();
    assertThat(shown()).startsWith("1   0.5000  p1  one two\n40 passages in version v1 of books");
    assertThat(session.typed(":depth 3", 80)).isTrue();
    assertThat(session.typed(":explain on", 80)).isTrue();
    assertThat(session.typed(":full", 80)).isTrue();
    assertThat(shown()).isEqualTo("depth is 3\nexplain is on\nfull is on\n");
    session.typed("more files", 80);
    assertThat(shown()).startsWith("1   0.5000  p1\n    one\n    two\n    score 0.500000001 by ");
    session.typed(":full", 80);
    session.typed(":explain off", 80);
    assertThat(shown()).isEqualTo("full is off\nexplain is off\n");
    assertThat(asked).containsExactly("files 10", "more files 3");
    assertThat(notes).isEmpty();
    assertThat(session.typed(":help", 80)).isTrue();
    assertThat(shown()).contains(":depth N", ":explain on|off", ":full on|off", ":quit");
    assertThat(session.typed(":quit", 80)).isFalse();
  }

  @Test
  void mistakesAreAnsweredAndTheSessionGoesOn() throws IOException {
    SearchSession session = session(false);
    for (String line :
        List.of(":depth 0", ":depth x", ":depth", ":nosuch", ":depth 3 4", "broken")) {
      assertThat(session.typed(line, 80)).as(line).isTrue();
    }
    assertThat(session.typed("", 80)).isTrue();
    assertThat(shown()).isEmpty();
    session.typed(":explain no", 80);
    session.typed(":full 0", 80);
    session.typed("files", 80);
    assertThat(shown()).as("neither was switched").startsWith("1   0.5000  p1  one two\n40 pass");
    assertThat(notes.subList(6, 8))
        .containsExactly(
            ":explain takes on or off, or nothing for the other way round; it is off.",
            ":full takes on or off, or nothing for the other way round; it is off.");
    assertThat(notes).hasSize(8);
    assertThat(notes.subList(0, 3))
        .allMatch(n -> n.contains("from 1 to 10000") && n.endsWith("10."));
    assertThat(notes.subList(3, 5)).allMatch(n -> n.startsWith("There is no command :"));
    assertThat(notes.get(5)).isEqualTo("it is damaged");
    assertThat(asked).containsExactly("broken 10", "files 10");
  }

  @Test
  void linesAreQueriesAndNothingElse() throws IOException {
    session(false).lines(new BufferedReader(new StringReader("files\n\n  :help \nlast")));
    assertThat(asked).containsExactly("files 10", ":help 10", "last 10");
    assertThat(shown())
        .isEqualTo(
            "> files\n1   0.5000  p1  one two\n\n"
                + "> :help\n1   0.5000  p1  one two\n\n"
                + "> last\n1   0.5000  p1  one two\n\n");
    assertThatThrownBy(() -> session(false).lines(new BufferedReader(new StringReader("broken"))))
        .isInstanceOf(TandemException.class);
  }

  @Test
  void jsonIsAnObjectALine() throws IOException {
    session(true).lines(new BufferedReader(new StringReader("a\nb\n")));
    List<String> lines = shown().lines().toList();
    assertThat(lines).hasSize(2);
    for (String line : lines) {
      assertThat(new ObjectMapper().readTree(line).at("/hits/0/text").asText())
          .isEqualTo("one\ntwo");
    }
  }
}
