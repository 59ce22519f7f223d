package dev.tandem.jobs.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.data.BadRecord.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordIteratorTest {
  @TempDir Path directory;

  private <T> List<Located<T>> read(String name, byte[] bytes, RecordParser<T> parser)
      throws IOException {
    return read(name, bytes, parser, 1 << 20);
  }

  private <T> List<Located<T>> read(
      String name, byte[] bytes, RecordParser<T> parser, long splitBytes) throws IOException {
    Path file = directory.resolve(name);
    Files.write(file, bytes);
    List<Located<T>> records = new ArrayList<>();
    Configuration hadoop = new Configuration();
    InputFile scanned = InputFile.scan(hadoop, file.toUri().toString(), 0, splitBytes);
    for (InputSplit split : scanned.splits()) {
      try (RecordIterator<T> iterator = new RecordIterator<>(hadoop, split, parser)) {
        iterator.forEachRemaining(records::add);
      }
    }
    records.sort(Comparator.comparingLong(Located::line));
    return records;
  }

  private List<Located<TextRecord>> tsv(String text) throws IOException {
    return read("a.tsv", text.getBytes(StandardCharsets.UTF_8), Parsers.texts(DataFormat.TSV));
  }

  private static void assertBad(Located<?> record, long line, Reason reason, String detail) {
    assertThat(record.line()).isEqualTo(line);
    assertThat(record.problem()).isNotNull();
    assertThat(record.problem().reason()).isEqualTo(reason);
    assertThat(record.problem().detail()).contains(detail);
  }

  @Test
  void readsByteOrderMarkCarriageReturnsAndAMissingLastNewline() throws IOException {
    assertThat(tsv("\uFEFFa\tone\r\nb\ttwo\twith tab\nc\tthree").stream().map(Located::value))
        .containsExactly(
            new TextRecord("a", "one"),
            new TextRecord("b", "two\twith tab"),
            new TextRecord("c", "three"));
  }

  @Test
  void saysWhatIsWrongWithALineOfTsv() throws IOException {
    List<Located<TextRecord>> records = tsv("a\tok\nno tab\n\tno id\nx y\tid\nb\t \n\nc\tok\n");
    assertBad(records.get(1), 2, Reason.MALFORMED, "no tab between id and text in 'no tab'");
    assertBad(records.get(2), 3, Reason.BAD_ID, "the id is empty");
    assertBad(records.get(3), 4, Reason.BAD_ID, "'x y' has white space");
    assertBad(records.get(4), 5, Reason.EMPTY_TEXT, "the text of b is empty");
    assertBad(records.get(5), 6, Reason.MALFORMED, "''");
    assertThat(records.get(6).value()).isEqualTo(new TextRecord("c", "ok"));
  }

  @Test
  void findsTheByteThatIsNoUtf8() throws IOException {
    byte[] bytes = "a\tok\nb\tbroken\n".getBytes(StandardCharsets.UTF_8);
    bytes[9] = (byte) 0xE4;
    List<Located<TextRecord>> records = read("a.tsv", bytes, Parsers.texts(DataFormat.TSV));
    assertThat(records.get(0).value()).isEqualTo(new TextRecord("a", "ok"));
    assertBad(records.get(1), 2, Reason.INVALID_UTF8, "byte 5 of the line");
  }

  @Test
  void readsBeirAndSaysWhatIsWrongWithIt() throws IOException {
    String lines =
        """
        {"_id": "1", "title": "Title", "text": "text", "metadata": {}}
        {"_id": "2", "title": "", "text": "only"}
        {"_id": 3, "text": "number"}
        {"_id": "4", "title": "Title", "text": ""}
        {"_id": "5", "title": "", "text": " "}
        {"_id": "6", "title": "x"}
        {"_id": "7", "text": "cut
        {"text": "no id"}
        {"_id": "9", "text": 9}
        {"_id": "10", "text": "half \\ud83d a character"}
        """;
    List<Located<TextRecord>> records =
        read("c.jsonl", lines.getBytes(StandardCharsets.UTF_8), Parsers.texts(DataFormat.BEIR));
    assertThat(records.stream().limit(4).map(Located::value))
        .containsExactly(
            new TextRecord("1", "Title text"),
            new TextRecord("2", "only"),
            new TextRecord("3", "number"),
            new TextRecord("4", "Title"));
    assertBad(records.get(4), 5, Reason.EMPTY_TEXT, "5");
    assertBad(records.get(5), 6, Reason.MALFORMED, "'text' is missing");
    assertBad(records.get(6), 7, Reason.MALFORMED, "no JSON");
    assertBad(records.get(7), 8, Reason.BAD_ID, "_id is missing");
    assertBad(records.get(8), 9, Reason.MALFORMED, "'text' is no text: '9'");
    assertBad(records.get(9), 10, Reason.INVALID_UTF8, "\\ud83d");
  }

  @Test
  void readsJudgementsOfTrecAndBeir() throws IOException {
    byte[] trec = "q1 0 d1 2\nq1\t0\td2\t0\nq 0 d\tx\nq1 d1\n".getBytes(StandardCharsets.UTF_8);
    List<Located<Judgement>> records = read("q.txt", trec, Parsers.judgements());
    assertThat(records.get(0).value()).isEqualTo(new Judgement("q1", "d1", 2));
    assertThat(records.get(1).value().relevant()).isFalse();
    assertBad(records.get(2), 3, Reason.BAD_GRADE, "'x' is no whole number");
    assertBad(records.get(3), 4, Reason.MALFORMED, "2 columns in place of 4");

    byte[] beir =
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t-\n".getBytes(StandardCharsets.UTF_8);
    records = read("test.tsv", beir, Parsers.judgements());
    assertThat(records.get(0)).isEqualTo(new Located<>(0, 2, new Judgement("q1", "d1", 1), null));
    assertBad(records.get(1), 3, Reason.BAD_GRADE, "'-'");
  }

  @Test
  void readsTriples() throws IOException {
    byte[] lines = "q1\tp1\tn1\nq1\tp1\n".getBytes(StandardCharsets.UTF_8);
    List<Located<NegativeTriple>> records = read("n.tsv", lines, Parsers.negatives());
    assertThat(records.get(0).value()).isEqualTo(new NegativeTriple("q1", "p1", "n1"));
    assertBad(records.get(1), 2, Reason.MALFORMED, "2 columns in place of 3");
  }

  @Test
  void splitsKeepLineNumbers() throws IOException {
    List<Located<TextRecord>> records =
        read(
            "a.tsv",
            lines(5000).getBytes(StandardCharsets.UTF_8),
            Parsers.texts(DataFormat.TSV),
            1000);
    assertComplete(records, 5000);
  }

  @Test
  void readsGzipOfSeveralMembersInSlices() throws IOException {
    byte[] first = gzip(lines(3000).getBytes(StandardCharsets.UTF_8));
    byte[] second = gzip("3001\ttext 3001\n".getBytes(StandardCharsets.UTF_8));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    Path file = directory.resolve("a.tsv.gz");
    Files.write(file, both);
    List<Located<TextRecord>> records = new ArrayList<>();
    for (int slice = 0; slice < 3; slice++) {
      InputSplit split =
          new InputSplit(0, file.toUri().toString(), true, 0, both.length, 1, slice, 3);
      try (RecordIterator<TextRecord> part =
          new RecordIterator<>(new Configuration(), split, Parsers.texts(DataFormat.TSV))) {
        assertThat(part.hasNext()).isTrue();
        part.forEachRemaining(records::add);
      }
    }
    records.sort(Comparator.comparingLong(Located::line));
    assertComplete(records, 3001);
  }

  @Test
  void reportsATruncatedGzipFile() throws IOException {
    byte[] whole = gzip(lines(3000).getBytes(StandardCharsets.UTF_8));
    List<Located<TextRecord>> records =
        read("a.tsv.gz", Arrays.copyOf(whole, whole.length / 2), Parsers.texts(DataFormat.TSV));
    Located<TextRecord> last = records.get(records.size() - 1);
    assertThat(last.problem().reason()).isEqualTo(Reason.UNREADABLE_FILE);
    assertThat(last.problem().detail()).contains("was not copied whole");
    assertThat(last.line()).isBetween(2L, 3000L);
  }

  @Test
  void reportsAGzipFileThatIsNone() throws IOException {
    List<Located<TextRecord>> records =
        read("a.tsv.gz", new byte[] {1, 2, 3, 4}, Parsers.texts(DataFormat.TSV));
    assertBad(records.get(0), 1, Reason.UNREADABLE_FILE, "no valid gzip data");
  }

  private static void assertComplete(List<Located<TextRecord>> records, int count) {
    assertThat(records).hasSize(count);
    for (int i = 1; i <= count; i++) {
      assertThat(records.get(i - 1).line()).isEqualTo(i);
      assertThat(records.get(i - 1).value()).isEqualTo(new TextRecord("" + i, "text " + i));
    }
  }

  private static String lines(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      lines.append(i).append("\ttext ").append(i).append('\n');
    }
    return lines.toString();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }
}
