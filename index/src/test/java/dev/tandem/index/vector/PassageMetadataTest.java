package dev.tandem.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata beside a part's vectors. */
class PassageMetadataTest {

  @TempDir java.nio.file.Path local;
  private FileSystem fileSystem;
  private Path directory;

  @BeforeEach
  void open() throws IOException {
    directory = new Path(local.toUri());
    fileSystem = FileSystem.getLocal(new Configuration()).getRawFileSystem();
  }

  private static List<SortedMap<String, String>> metadata(int rows) {
    Random random = new Random(3);
    List<SortedMap<String, String>> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      SortedMap<String, String> metadata = new TreeMap<>();
      if (random.nextInt(3) > 0) {
        metadata.put("lang", List.of("en", "de", "", "漢😀").get(random.nextInt(4)));
      }
      metadata.put("url", "https://example.org/" + row);
      all.add(metadata);
    }
    return all;
  }

  private static PassageMetadata columns(List<SortedMap<String, String>> rows, String... fields) {
    PassageMetadata.Builder builder = new PassageMetadata.Builder(List.of(fields));
    rows.forEach(builder::add);
    return builder.build();
  }

  private VectorPart write(PassageMetadata metadata) throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      for (int row = 0; row < metadata.rows(); row++) {
        writer.append("p" + row, new float[] {row});
      }
      return writer.finish(metadata);
    }
  }

  private PassageMetadata read(VectorPart part) throws IOException {
    return VectorPartReader.readMetadata(fileSystem, directory, part);
  }

  @Test
  void rowsAreReadBack() throws IOException {
    // More rows than a block of codes.
    List<SortedMap<String, String>> rows = metadata(40_000);
    VectorPart part = write(columns(rows, "url", "lang", "nowhere", "lang"));
    assertThat(part.metadata().fields()).containsExactly("lang", "nowhere", "url");
    assertThat(Files.size(local.resolve("part.metadata"))).isEqualTo(part.metadata().bytes());
    PassageMetadata found = read(part);
    assertThat(found.rows()).isEqualTo(40_000);
    assertThat(found.fields()).containsExactly("lang", "nowhere", "url");
    for (int row = 0; row < rows.size(); row++) {
      assertThat(found.row(row)).isEqualTo(rows.get(row));
    }
    assertThat(found.values("lang")).containsExactlyInAnyOrder("en", "de", "", "漢😀");
    assertThat(found.values("nowhere")).isEmpty();
    assertThat(found.code("nowhere", 7)).isEqualTo(PassageMetadata.ABSENT);
  }

  @Test
  void aDescriptionSurvivesJsonAndOneWithoutMetadataIsStillRead() throws IOException {
    VectorPart part = write(columns(metadata(3), "lang"));
    ObjectMapper json = new ObjectMapper();
    assertThat(json.readValue(json.writeValueAsBytes(part), VectorPart.class)).isEqualTo(part);
    // As parts were described before there was metadata.
    VectorPart older =
        json.readValue(
            """
            {"name":"part","vectorsFile":"part.f32","idsFile":"part.ids","rows":3,"dimension":1,
             "vectorsBytes":12,"idsBytes":9,"vectorsCrc32c":"00000000","idsCrc32c":"00000000",
             "passages":{"file":"part.passages","bytes":80,"crc32c":"00000000"}}
            """,
            VectorPart.class);
    assertThat(older.metadata()).isNull();
    assertThat(read(older).fields()).isEmpty();
    assertThat(read(older).rows()).isEqualTo(3);
  }

  @Test
  void withoutFieldsNoFileIsWritten() throws IOException {
    assertThat(write(columns(metadata(3))).metadata()).isNull();
    assertThat(local.resolve("part.metadata")).doesNotExist();
  }

  @Test
  void metadataOfOtherRowsAreRefused() throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 1)) {
      writer.append("a", new float[] {1});
      assertThatThrownBy(() -> writer.finish(columns(metadata(2), "lang")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has 1 rows, the metadata 2");
    }
    assertThat(local.toFile().list()).isEmpty();
  }

  @Test
  void changedBytesAreFound() throws IOException {
    VectorPart part = write(columns(metadata(50), "lang", "url"));
    java.nio.file.Path file = local.resolve("part.metadata");
    byte[] content = Files.readAllBytes(file);
    byte[] flipped = content.clone();
    flipped[40] ^= 1;
    Files.write(file, flipped);
    assertThatThrownBy(() -> read(part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.metadata is damaged: expected CRC-32C");
    Files.write(file, Arrays.copyOf(content, content.length - 1));
    assertThatThrownBy(() -> read(part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("expected " + content.length + " bytes");
    Files.delete(file);
    assertThatThrownBy(() -> read(part)).hasMessageContaining("is missing");
  }

  @Test
  void anUnknownLayoutAndUnfitContentAreRefused() throws IOException {
    VectorPart part = write(columns(metadata(50), "lang", "url"));
    byte[] content = Files.readAllBytes(local.resolve("part.metadata"));
    refused(part, changed(content, 7, 9), "unknown layout 9");
    refused(part, changed(content, 0, 0), "does not start as metadata do");
    refused(part, changed(content, 11, 49), "it is of 49 rows, the part has 50");
    refused(part, changed(content, 15, 3), "it ends inside a field");
    refused(part, changed(content, 15, 1), "bytes follow the last field");
    refused(part, changed(content, 16, 127), "it ends inside a field");
    refused(part, changed(content, content.length - 1, 200), "a row has value 200 of 50");
  }

  private static byte[] changed(byte[] content, int at, int value) {
    byte[] changed = content.clone();
    changed[at] = (byte) value;
    return changed;
  }

  /** With a checksum that fits, so that the content itself is looked at. */
  private void refused(VectorPart part, byte[] content, String message) throws IOException {
    CRC32C sum = new CRC32C();
    sum.update(content);
    Files.write(local.resolve("part.metadata"), content);
    MetadataFile file =
        new MetadataFile(
            "part.metadata",
            content.length,
            String.format("%08x", sum.getValue()),
            part.metadata().fields());
    assertThatThrownBy(
            () -> MetadataFormat.read(fileSystem, new Path(directory, "part.metadata"), file, 50))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.metadata")
        .hasMessageContaining(message);
  }

  @Test
  void theHashCoversMetadataAndWithoutThemIsTheTexts() {
    PassageHash text = PassageHash.of("abc");
    assertThat(text.with(new TreeMap<>())).isEqualTo(text);
    PassageHash with = text.with(new TreeMap<>(Map.of("a", "bc")));
    assertThat(with)
        .isNotEqualTo(text)
        .isEqualTo(PassageHash.of("abc").with(new TreeMap<>(Map.of("a", "bc"))))
        .isNotEqualTo(text.with(new TreeMap<>(Map.of("ab", "c"))))
        .isNotEqualTo(text.with(new TreeMap<>(Map.of("a", "bd"))))
        .isNotEqualTo(PassageHash.of("abd").with(new TreeMap<>(Map.of("a", "bc"))));
  }
}
