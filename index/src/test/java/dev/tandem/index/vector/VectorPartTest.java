package dev.tandem.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorPartTest {

  @TempDir java.nio.file.Path local;
  private FileSystem fileSystem;
  private Path directory;

  @BeforeEach
  void open() throws IOException {
    directory = new Path(local.toUri());
    // Without the local file system's own checksum files, so that ours are what is tested.
    fileSystem = FileSystem.getLocal(new Configuration()).getRawFileSystem();
  }

  @Test
  void whatWasWrittenIsReadBack() throws IOException {
    Random random = new Random(1);
    // More than one block of a megabyte.
    int rows = 3001;
    int dimension = 100;
    float[] all = new float[rows * dimension];
    VectorPart part;
    try (VectorPartWriter writer =
        new VectorPartWriter(fileSystem, directory, "part-00007", dimension)) {
      for (int row = 0; row < rows; row++) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
          vector[i] = random.nextFloat();
        }
        System.arraycopy(vector, 0, all, row * dimension, dimension);
        if (row % 2 == 0) {
          writer.append("passage é " + row, vector);
        } else {
          writer.append("passage é " + row, FloatBuffer.wrap(vector));
        }
      }
      part = writer.finish();
    }
    assertThat(part.rows()).isEqualTo(rows);
    assertThat(part.vectorsFile()).isEqualTo("part-00007.f32");
    assertThat(local.toFile().list()).containsExactlyInAnyOrder("part-00007.f32", "part-00007.ids");
    byte[] file = Files.readAllBytes(local.resolve("part-00007.f32"));
    assertThat(file).hasSize(4 * rows * dimension);
    assertThat(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getFloat(4 * 777))
        .isEqualTo(all[777]);
    try (LoadedPart loaded = VectorPartReader.read(fileSystem, directory, part)) {
      float[] read = new float[all.length];
      loaded.vectors().buffer().get(read);
      assertThat(read).isEqualTo(all);
      assertThat(loaded.ids().size()).isEqualTo(rows);
      assertThat(loaded.ids().get(0)).isEqualTo("passage é 0");
      assertThat(loaded.ids().get(3000)).isEqualTo("passage é 3000");
      assertThat(loaded.vectors().buffer().isReadOnly()).isFalse();
    }
    try (LoadedPart mapped = VectorPartReader.map(local, part)) {
      assertThat(mapped.vectors().buffer().isReadOnly()).isTrue();
      float[] read = new float[all.length];
      mapped.vectors().buffer().get(read);
      assertThat(read).isEqualTo(all);
      mapped.vectors().bytes().asFloatBuffer().get(read);
      assertThat(read).isEqualTo(all);
      mapped.vectors().pointer(2999).get(read, 0, 2 * dimension);
      assertThat(Arrays.copyOf(read, 2 * dimension))
          .isEqualTo(Arrays.copyOfRange(all, 2999 * dimension, 3001 * dimension));
      mapped.vectors().copyRow(17, read);
      assertThat(Arrays.copyOf(read, dimension))
          .isEqualTo(Arrays.copyOfRange(all, 17 * dimension, 18 * dimension));
      assertThat(mapped.ids().get(3000)).isEqualTo("passage é 3000");
    }
  }

  @Test
  void aMappedFileCannotBeWrittenToAndMayBeDeleted() throws IOException {
    VectorPart part = write("part", "a", "b");
    try (LoadedPart mapped = VectorPartReader.map(local, part)) {
      assertThatThrownBy(() -> mapped.vectors().buffer().put(0, 5))
          .isInstanceOf(java.nio.ReadOnlyBufferException.class);
      FloatBuffer buffer = mapped.vectors().buffer();
      Files.delete(local.resolve("part.f32"));
      assertThat(mapped.vectors().buffer().get(3)).isEqualTo(2);
      mapped.close();
      assertThatThrownBy(() -> mapped.vectors().buffer())
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the matrix was closed");
      // A buffer handed out keeps the memory.
      assertThat(buffer.get(2)).isEqualTo(1);
    }
  }

  @Test
  void anEmptyPartIsAPart() throws IOException {
    VectorPart part;
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "empty", 5)) {
      part = writer.finish();
    }
    try (LoadedPart loaded = VectorPartReader.read(fileSystem, directory, part)) {
      assertThat(loaded.vectors().rows()).isZero();
      assertThat(loaded.ids().size()).isZero();
    }
    try (LoadedPart mapped = VectorPartReader.map(local, part)) {
      assertThat(mapped.vectors().buffer().remaining()).isZero();
    }
  }

  @Test
  void anAbandonedPartLeavesNothing() throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 2)) {
      writer.append("a", new float[] {1, 2});
    }
    assertThat(local.toFile().list()).isEmpty();
  }

  @Test
  void aSecondAttemptReplacesTheFirst() throws IOException {
    write("part", "a");
    VectorPart second = write("part", "b");
    assertThat(VectorPartReader.readIds(fileSystem, directory, second).get(0)).isEqualTo("b");
    assertThat(local.toFile().list()).hasSize(2);
  }

  @Test
  void refusesVectorsThatCannotBeSearched() throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, "part", 2)) {
      assertThatThrownBy(() -> writer.append("p9", new float[] {0, Float.NaN}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "vector of passage 'p9' has NaN at component 1; only finite vectors can be searched");
      assertThatThrownBy(() -> writer.append("p9", new float[] {Float.NEGATIVE_INFINITY, 0}))
          .hasMessageContaining("-Infinity at component 0");
      assertThatThrownBy(() -> writer.append("p9", new float[3]))
          .hasMessage("vector of passage 'p9' has 3 floats, expected 2");
      assertThatThrownBy(() -> writer.append("a\tb", new float[2]))
          .hasMessageContaining("must not contain a tab or line break");
      assertThatThrownBy(() -> writer.append("", new float[2]))
          .hasMessageContaining("must not be empty");
      assertThat(writer.rows()).isZero();
    }
  }

  @Test
  void aShorterFileIsRefused() throws IOException {
    VectorPart part = write("part", "a", "b");
    cut("part.f32", 12);
    assertThatThrownBy(() -> VectorPartReader.read(fileSystem, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.f32")
        .hasMessageContaining("expected 16 bytes, found 12");
    assertThatThrownBy(() -> VectorPartReader.map(local, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.f32 is damaged: expected 16 bytes, found 12");
    VectorPart other = write("other", "a", "b");
    cut("other.ids", 3);
    assertThatThrownBy(() -> VectorPartReader.read(fileSystem, directory, other))
        .hasMessageContaining("other.ids is damaged: expected 4 bytes, found 3");
  }

  @Test
  void aChangedByteIsFound() throws IOException {
    VectorPart part = write("part", "a", "b");
    byte[] bytes = Files.readAllBytes(local.resolve("part.f32"));
    bytes[5] ^= 1;
    Files.write(local.resolve("part.f32"), bytes);
    assertThatThrownBy(() -> VectorPartReader.read(fileSystem, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.f32")
        .hasMessageContaining("expected CRC-32C " + part.vectorsCrc32c() + ", found ");
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    VectorPart part = write("part", "a");
    Files.delete(local.resolve("part.ids"));
    assertThatThrownBy(() -> VectorPartReader.read(fileSystem, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.ids is missing");
    VectorPart other = write("other", "a");
    Files.delete(local.resolve("other.f32"));
    assertThatThrownBy(() -> VectorPartReader.map(local, other))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("other.f32 is missing; the manifest expects it with 8 bytes");
  }

  @Test
  void damageThatTheFileSystemNoticesIsToldAlike() throws IOException {
    FileSystem checked = FileSystem.getLocal(new Configuration());
    VectorPart part;
    try (VectorPartWriter writer = new VectorPartWriter(checked, directory, "part", 2)) {
      writer.append("a", new float[] {1, 2});
      part = writer.finish();
    }
    byte[] bytes = Files.readAllBytes(local.resolve("part.f32"));
    bytes[0] ^= 1;
    Files.write(local.resolve("part.f32"), bytes);
    assertThatThrownBy(() -> VectorPartReader.read(checked, directory, part))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("part.f32 is damaged");
  }

  private VectorPart write(String name, String... ids) throws IOException {
    try (VectorPartWriter writer = new VectorPartWriter(fileSystem, directory, name, 2)) {
      for (String id : ids) {
        writer.append(id, new float[] {1, 2});
      }
      return writer.finish();
    }
  }

  private void cut(String name, int length) throws IOException {
    byte[] bytes = Files.readAllBytes(local.resolve(name));
    Files.write(local.resolve(name), Arrays.copyOf(bytes, length));
  }
}
