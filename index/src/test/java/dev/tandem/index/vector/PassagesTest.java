package dev.tandem.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The passages beside a part's vectors. */
class PassagesTest {

  @TempDir java.nio.file.Path local;
  private FileSystem fileSystem;
  private Path directory;

  @BeforeEach
  void open() throws IOException {
    directory = new Path(local.toUri());
    fileSystem = FileSystem.getLocal(new Configuration()).getRawFileSystem();
  }

  private VectorPart write(List<PassageText> passages) throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      for (int row = 0; row < passages.size(); row++) {
        writer.append("p" + row, new float[] {row}, 0, passages.get(row));
      }
      return writer.finish();
    }
  }

  private static List<PassageText> passages(int rows) {
    Random random = new Random(3);
    List<PassageText> passages = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      // Some pass a block, some are empty, and characters take one to four bytes.
      passages.add(PassageText.of("aé漢😀".repeat(random.nextInt(row % 500 == 7 ? 150_000 : 40))));
    }
    return passages;
  }

  @Test
  void rowsAreReadBackOneByOneAndInOrder() throws IOException {
    List<PassageText> written = passages(3000);
    VectorPart part = write(written);
    try (PassageReader reader = PassageReader.open(fileSystem, directory, part)) {
      reader.verify();
      assertThat(reader.rows()).isEqualTo(3000);
      assertThat(reader.all()).toIterable().containsExactlyElementsOf(written);
      for (int row : new int[] {2999, 0, 7, 1500, 507}) {
        assertThat(reader.read(row)).isEqualTo(written.get(row));
      }
      assertThat(reader.hashes())
          .containsExactly(written.stream().map(PassageText::hash).toArray(PassageHash[]::new));
    }
    try (PassageReader reader = PassageReader.map(local, part)) {
      reader.verify();
      assertThat(reader.all()).toIterable().containsExactlyElementsOf(written);
      assertThat(reader.read(507)).isEqualTo(written.get(507));
    }
  }

  @Test
  void aMappedFileIsReadAcrossItsSegments() throws IOException {
    byte[] content = new byte[10_007];
    new Random(9).nextBytes(content);
    java.nio.file.Path file = Files.write(local.resolve("content"), content);
    for (long segment : new long[] {64, 4096, 10_007, 1 << 20}) {
      MappedFile mapped = MappedFile.open(file, content.length, segment);
      byte[] read = new byte[9000];
      mapped.readFully(61, read);
      assertThat(read).isEqualTo(java.util.Arrays.copyOfRange(content, 61, 9061));
      byte[] last = new byte[7];
      mapped.readFully(10_000, last);
      assertThat(last).isEqualTo(java.util.Arrays.copyOfRange(content, 10_000, 10_007));
      assertThatThrownBy(() -> mapped.readFully(10_001, last))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("7 bytes from 10001 of")
          .hasMessageContaining("which has 10007");
    }
  }

  @Test
  void theHashIsTheStartOfSha256() {
    // From sha256sum.
    assertThat(PassageHash.of("abc")).hasToString("ba7816bf8f01cfea414140de5dae2223");
    assertThat(PassageHash.of("é")).isNotEqualTo(PassageHash.of("e"));
  }

  @Test
  void aRowMayLeaveTheTextToTheRowBefore() throws IOException {
    PassageText first = PassageText.of("a long passage");
    VectorPart part = write(List.of(first, new PassageText(first.hash(), "")));
    try (PassageReader reader = PassageReader.open(fileSystem, directory, part)) {
      assertThat(reader.read(1)).isEqualTo(new PassageText(first.hash(), ""));
    }
  }

  @Test
  void changedBytesAreFound() throws IOException {
    VectorPart part = write(passages(50));
    java.nio.file.Path file = local.resolve(part.passages().file());
    byte[] content = Files.readAllBytes(file);
    String text = new String(content, 0, 4, StandardCharsets.UTF_8);
    content[1] ^= 1;
    Files.write(file, content);
    assertThat(text).isNotEmpty();
    try (PassageReader reader = PassageReader.open(fileSystem, directory, part)) {
      assertThatThrownBy(reader::verify)
          .isInstanceOf(VectorPartException.class)
          .hasMessageContaining("part.passages is damaged: expected CRC-32C");
      assertThatThrownBy(() -> reader.read(0))
          .isInstanceOf(VectorPartException.class)
          .hasMessageContaining("the text of row 0 does not have the hash");
      Iterator<PassageText> all = reader.all();
      assertThatThrownBy(all::next)
          .isInstanceOf(UncheckedIOException.class)
          .hasRootCauseInstanceOf(VectorPartException.class);
    }
  }

  @Test
  void aFileOfAnotherLengthIsNotOpened() throws IOException {
    VectorPart part = write(passages(50));
    java.nio.file.Path file = local.resolve(part.passages().file());
    byte[] content = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(content, content.length - 1));
    assertThatThrownBy(() -> PassageReader.open(fileSystem, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("expected " + content.length + " bytes");
    assertThatThrownBy(() -> PassageReader.map(local, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("expected " + content.length + " bytes, found ");
    Files.delete(file);
    assertThatThrownBy(() -> PassageReader.open(fileSystem, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("is missing");
  }

  @Test
  void allRowsHavePassagesOrNone() throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      writer.append("a", new float[] {1}, 0, PassageText.of("text"));
      assertThatThrownBy(() -> writer.append("b", new float[] {1}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the one of 'b' is missing");
    }
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      writer.append("a", new float[] {1});
      assertThatThrownBy(() -> writer.append("b", new float[] {1}, 0, PassageText.of("text")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'b' comes with one");
    }
    assertThat(local.toFile().list()).isEmpty();
  }

  @Test
  void aPartWithoutPassagesSaysSo() throws IOException {
    VectorPart part;
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      writer.append("a", new float[] {1});
      part = writer.finish();
    }
    assertThat(part.passages()).isNull();
    assertThatThrownBy(() -> PassageReader.open(fileSystem, directory, part))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without passages");
  }
}
