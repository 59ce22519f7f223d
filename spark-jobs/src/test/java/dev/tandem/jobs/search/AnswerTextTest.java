package dev.tandem.jobs.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.retrieval.LocalIndex;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AnswerTextTest {
  static Answer.Hit hit(int rank, String id, String text) {
    return new Answer.Hit(
        rank,
        new LocalIndex.Hit(id, 1.5f - rank, 2, 10 + rank, rank == 2),
        1.5 - rank + 1e-9,
        Optional.ofNullable(text),
        Optional.empty());
  }

  private static Answer.Hit withMetadata(Answer.Hit hit, Map<String, String> metadata) {
    return new Answer.Hit(
        hit.rank(),
        hit.found(),
        hit.exactScore(),
        hit.text(),
        Optional.of(new TreeMap<>(metadata)));
  }

  static Answer answer(Answer.Hit... hits) {
    return new Answer(
        "files", "books", "v1", 40, OptionalLong.empty(), List.of(), List.of(hits), 1.25, 2, 0.5);
  }

  private static String text(Answer answer, boolean full, boolean explain, int width) {
    return AnswerText.of(
        answer,
        new AnswerText.Style(
            full, explain, width == 0 ? OptionalInt.empty() : OptionalInt.of(width)));
  }

  @Test
  void aPassageIsALineCutAtTheTerminalsWidth() {
    Answer answer =
        answer(
            hit(1, "p1", "opens a file\n\tand reads it"), hit(2, "p100", "closes the file again"));
    assertThat(text(answer, false, false, 0))
        .isEqualTo(
            "1   0.5000  p1    opens a file and reads it\n"
                + "2  -0.5000  p100  closes the file again");
    assertThat(text(answer, false, false, 40))
        .isEqualTo(
            "1   0.5000  p1    opens a file and read…\n"
                + "2  -0.5000  p100  closes the file again");
    assertThat(text(answer, false, false, 1)).contains("opens a file and re…");
  }

  @Test
  void wideCharactersTakeTwoColumns() {
    String line = text(answer(hit(1, "p1", "漢".repeat(30))), false, false, 46);
    assertThat(line).isEqualTo("1   0.5000  p1  " + "漢".repeat(14) + "…");
  }

  @Test
  void aWholeTextKeepsItsLines() {
    assertThat(text(answer(hit(1, "p1", "opens a file\nand reads it")), true, false, 20))
        .isEqualTo("1   0.5000  p1\n    opens a file\n    and reads it");
  }

  @Test
  void whatATerminalWouldObeyIsLeftOut() {
    assertThat(text(answer(hit(1, "p1", "red \u001b[31m bell\u0007")), false, false, 0))
        .isEqualTo("1   0.5000  p1  red [31m bell");
    assertThat(text(answer(hit(1, "p1", "a\u001bb")), true, false, 0)).doesNotContain("\u001b");
    // U+009B alone begins a sequence as ESC [ does.
    assertThat(text(answer(hit(1, "p1", "a\u009b31mb")), false, false, 0)).endsWith("p1  a 31mb");
    assertThat(text(answer(hit(1, "p1", "a\u009b31mb")), true, false, 0)).doesNotContain("\u009b");
    assertThat(text(answer(hit(1, "p\u001b[2J\n\u009b1", "a")), false, false, 0))
        .isEqualTo("1   0.5000  p [2J  1  a");
  }

  @Test
  void anExplanationSaysWhereAndHow() {
    assertThat(text(answer(hit(1, "p1", "a"), hit(2, "p2", null)), false, true, 80))
        .isEqualTo(
            "1   0.5000  p1  a\n"
                + "    score 0.500000001 by exact search; shard 2, row 11, version v1\n"
                + "2  -0.5000  p2  (the version keeps no texts)\n"
                + "    score -0.499999999 by the shard's graph; shard 2, row 12, version v1");
  }

  @Test
  void anExplanationHasTheMetadata() {
    Answer.Hit hit = withMetadata(hit(1, "p1", "a"), Map.of("year", "2020", "lang", "e\u001bn\nx"));
    assertThat(text(answer(hit), false, true, 80))
        .endsWith("version v1\n    lang = e n x, year = 2020");
    assertThat(text(answer(hit), false, false, 80)).isEqualTo("1   0.5000  p1  a");
    assertThat(text(answer(withMetadata(hit, Map.of())), false, true, 80)).endsWith("version v1");
  }

  @Test
  void theSummarySaysHowManyPassTheFilter() {
    Answer all = answer();
    Answer filtered =
        new Answer(
            "files",
            "books",
            "v1",
            40,
            OptionalLong.of(7),
            List.of("lang=en", "year>=2010"),
            all.hits(),
            1.25,
            2,
            0.5);
    assertThat(AnswerText.summary(filtered))
        .startsWith("40 passages, 7 of which pass lang=en and year>=2010, in version v1 of books,");
  }

  @Test
  void nothingFoundIsSaid() {
    assertThat(text(answer(), false, false, 80)).isEqualTo("nothing found");
    assertThat(AnswerText.summary(answer()))
        .isEqualTo("40 passages in version v1 of books, encoded in 1.3 ms, searched in 2.5 ms");
  }
}
