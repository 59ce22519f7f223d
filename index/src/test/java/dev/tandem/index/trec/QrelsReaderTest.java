package dev.tandem.index.trec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QrelsReaderTest {

  @Test
  void readsTrecColumns() throws IOException {
    Qrels qrels = read("q10 0 a 1\n# a comment\n\nq2\tQ0\tb\t-1\r\nq10 0 c 0\n");
    assertThat(qrels.queries()).containsExactly("q10", "q2");
    assertThat(qrels.judgements("q10")).containsEntry("a", 1).containsEntry("c", 0).hasSize(2);
    assertThat(qrels.judgements("q2")).containsEntry("b", -1);
    assertThat(qrels.judgements("q3")).isEmpty();
    assertThat(qrels.size()).isEqualTo(3);
  }

  @Test
  void readsBeirColumns() throws IOException {
    Qrels qrels = read("query-id\tcorpus-id\tscore\n0\t31715818\t1\n2\t13734012\t2\n");
    assertThat(qrels.judgements("0")).containsEntry("31715818", 1);
    assertThat(qrels.judgements("2")).containsEntry("13734012", 2);
  }

  @Test
  void readsPackedFiles(@TempDir java.nio.file.Path directory) throws IOException {
    java.nio.file.Path file = directory.resolve("qrels.tsv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("q 0 é 3\n".getBytes(StandardCharsets.UTF_8));
    }
    Qrels qrels = QrelsReader.read(new Path(file.toUri()), new Configuration());
    assertThat(qrels.judgements("q")).containsEntry("é", 3);
  }

  @Test
  void namesFileLineAndReason() {
    assertThatThrownBy(() -> read("q 0 a 1\nq 0 b\n"))
        .isInstanceOf(TrecFormatException.class)
        .hasMessage(
            "qrels.txt:2: expected 4 columns (query iteration passage grade), or a first line"
                + " 'query-id corpus-id score' and 3 columns, found 3: 'q 0 b'");
    assertThatThrownBy(() -> read("query-id\tcorpus-id\tscore\nq\t0\ta\t1\n"))
        .hasMessage(
            "qrels.txt:2: expected 3 columns (query-id corpus-id score), found 4: 'q\t0\ta\t1'");
    assertThatThrownBy(() -> read("\nq 0 a one\n"))
        .hasMessage("qrels.txt:2: the grade must be an integer, found 'one'");
    assertThatThrownBy(() -> read("q 0 a 1\nq 0 a 0\n"))
        .hasMessage("qrels.txt:2: passage 'a' is judged twice for query 'q'");
    assertThatThrownBy(() -> read("")).hasMessageEndingWith("no judgements in this file");
  }

  @Test
  void refusesInvalidUtf8(@TempDir java.nio.file.Path directory) throws IOException {
    java.nio.file.Path file = directory.resolve("qrels.tsv");
    Files.write(file, new byte[] {'q', ' ', '0', ' ', (byte) 0xff, ' ', '1', '\n'});
    assertThatThrownBy(() -> QrelsReader.read(new Path(file.toUri()), new Configuration()))
        .isInstanceOf(TrecFormatException.class)
        .hasMessageContaining("qrels.tsv:1: invalid UTF-8");
  }

  private static Qrels read(String text) throws IOException {
    return QrelsReader.read(new StringReader(text), "qrels.txt");
  }
}
