package dev.tandem.index.trec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrecRunTest {

  @Test
  void ranksByScoreThenByIdDescending() {
    TrecRun run =
        TrecRun.of(
            "t",
            Map.of(
                "q",
                List.of(
                    new RankedPassage("d10", 1),
                    new RankedPassage("d9", 1),
                    new RankedPassage("b", 2),
                    new RankedPassage("zero", 0.0),
                    new RankedPassage("zerp", -0.0))));
    assertThat(run.ranking("q").stream().map(RankedPassage::id))
        .containsExactly("b", "d9", "d10", "zerp", "zero");
  }

  @Test
  void ordersIdsByTheirBytes() {
    List<String> ids = new ArrayList<>();
    Random random = new Random(7);
    int[] alphabet = {'a', 'b', 0xe9, 0x4e2d, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x1f600, 0x10ffff};
    for (int i = 0; i < 300; i++) {
      StringBuilder id = new StringBuilder();
      for (int length = random.nextInt(4); length >= 0; length--) {
        id.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
      }
      ids.add(id.toString());
    }
    for (String left : ids) {
      for (String right : ids) {
        int expected =
            Arrays.compareUnsigned(
                left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
        assertThat(Integer.signum(Utf8Order.compare(left, right)))
            .as("%s and %s", left, right)
            .isEqualTo(Integer.signum(expected));
      }
    }
  }

  @Test
  void aQueryIdThatBeginsLikeACommentSurvivesTheFile() throws IOException {
    TrecRun run =
        TrecRun.of(
            "t",
            Map.of(
                "#q", List.of(new RankedPassage("#p", 1)),
                "r", List.of(new RankedPassage("s", 2))));
    StringWriter file = new StringWriter();
    TrecRunWriter.write(run, file);
    TrecRun read = TrecRunReader.read(new StringReader(file.toString()), "run.trec");
    assertThat(read.rankings()).isEqualTo(run.rankings());
  }

  @Test
  void everyFloatSurvivesTheFile() throws IOException {
    Random random = new Random(11);
    List<RankedPassage> passages = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      float score = Float.intBitsToFloat(random.nextInt());
      if (Float.isFinite(score)) {
        passages.add(new RankedPassage("p" + i, score));
      }
    }
    passages.add(new RankedPassage("third", 1f / 3));
    passages.add(new RankedPassage("next", Math.nextUp(1f / 3)));
    TrecRun run = TrecRun.of("tag", Map.of("q", passages));
    StringWriter file = new StringWriter();
    TrecRunWriter.write(run, file);
    TrecRun read = TrecRunReader.read(new StringReader(file.toString()), "run.trec");
    assertThat(read.tag()).isEqualTo("tag");
    assertThat(read.ranking("q")).hasSameSizeAs(run.ranking("q"));
    for (int rank = 0; rank < run.ranking("q").size(); rank++) {
      RankedPassage before = run.ranking("q").get(rank);
      RankedPassage after = read.ranking("q").get(rank);
      assertThat(after.id()).isEqualTo(before.id());
      assertThat((float) after.score()).isEqualTo((float) before.score());
    }
  }

  @Test
  void writesAtLeastSixDecimals() {
    assertThat(TrecRunWriter.decimal(2)).isEqualTo("2.000000");
    assertThat(TrecRunWriter.decimal(-0.25f)).isEqualTo("-0.250000");
    assertThat(TrecRunWriter.decimal(0.1f)).isEqualTo("0.100000");
    assertThat(TrecRunWriter.decimal(1e-9f)).isEqualTo("0.0000000010");
    assertThat(TrecRunWriter.decimal(0.1)).isEqualTo("0.100000");
    assertThat(TrecRunWriter.decimal(0.12345678901)).isEqualTo("0.12345678901");
  }

  @Test
  void writesAFileAndReplacesIt(@TempDir java.nio.file.Path directory) throws IOException {
    Path file = new Path(directory.resolve("run.trec").toUri());
    Configuration configuration = new Configuration();
    TrecRunWriter.write(
        TrecRun.of("t", Map.of("q", List.of(new RankedPassage("old", 1)))), file, configuration);
    TrecRunWriter.write(
        TrecRun.of("t", Map.of("q", List.of(new RankedPassage("new", 0.5)))), file, configuration);
    assertThat(Files.readString(directory.resolve("run.trec")))
        .isEqualTo("q Q0 new 1 0.500000 t\n");
    assertThat(directory.toFile().list((dir, name) -> !name.endsWith(".crc")))
        .containsExactly("run.trec");
  }

  @Test
  void refusesIdsThatWouldBreakTheColumns() {
    assertThatThrownBy(() -> write("q", "a b", "t")).hasMessageContaining("got 'a b'");
    assertThatThrownBy(() -> write("", "a", "t")).hasMessageContaining("a query id");
    assertThatThrownBy(() -> write("q", "a", "my tag")).hasMessageContaining("the run's tag");
  }

  @Test
  void namesFileLineAndReason() {
    assertThatThrownBy(() -> read("q Q0 a 1 0.5 t\nq Q0 a 2 0.4 t\n"))
        .isInstanceOf(TrecFormatException.class)
        .hasMessage("run.trec:2: passage 'a' appears twice for query 'q'");
    assertThatThrownBy(() -> read("q Q0 a 1 0.5\n"))
        .hasMessage(
            "run.trec:1: expected 6 columns (query Q0 passage rank score tag), found 5:"
                + " 'q Q0 a 1 0.5'");
    assertThatThrownBy(() -> read("q Q0 a 1 high t\n"))
        .hasMessage("run.trec:1: the score must be a number, found 'high'");
    assertThatThrownBy(() -> read("q Q0 a 1 NaN t\n")).hasMessage("run.trec:1: the score is NaN");
    assertThatThrownBy(() -> read("# nothing\n")).hasMessageEndingWith("no results in this file");
  }

  private static void write(String query, String passage, String tag) throws IOException {
    TrecRunWriter.write(
        TrecRun.of(tag, Map.of(query, List.of(new RankedPassage(passage, 1)))), new StringWriter());
  }

  private static TrecRun read(String text) throws IOException {
    return TrecRunReader.read(new StringReader(text), "run.trec");
  }
}
