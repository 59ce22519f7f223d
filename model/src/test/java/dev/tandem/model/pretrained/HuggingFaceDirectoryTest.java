package dev.tandem.model.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.tokenize.HuggingFaceTokenizer;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceDirectoryTest {

  private static final Configuration HADOOP = new Configuration(false);
  private static final EncoderArchitecture TINY =
      new EncoderArchitecture(8, 4, 2, 2, 6, 16, 2, 1e-12);
  private static final List<String> VOCABULARY =
      List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "re", "##triever", "\u0085");

  @TempDir private java.nio.file.Path temporary;
  private FileSystem fileSystem;
  private java.nio.file.Path directory;
  private PretrainedEncoder tiny;

  @BeforeEach
  void write() throws IOException {
    fileSystem = FileSystem.getLocal(HADOOP);
    directory = temporary.resolve("model");
    tiny = tiny(Pooling.MEAN, true);
    HuggingFaceDirectory.write(fileSystem, new Path(directory.toUri()), tiny, "# Tiny\n");
    // Hadoop would refuse the files that these tests change by their checksums.
    try (Stream<java.nio.file.Path> files = Files.walk(directory)) {
      for (java.nio.file.Path crc : files.filter(f -> f.toString().endsWith(".crc")).toList()) {
        Files.delete(crc);
      }
    }
  }

  private static PretrainedEncoder tiny(Pooling pooling, boolean normalize) {
    float[] parameters = new float[(int) ParameterLayout.of(TINY).size()];
    Random random = new Random(7);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) random.nextGaussian();
    }
    byte[] tokenizer =
        TokenizerJson.ofVocabulary(VOCABULARY, true, Optional.of(false), true).bytes();
    return new PretrainedEncoder("tiny", TINY, parameters, tokenizer, pooling, normalize, 12);
  }

  private PretrainedEncoder load() throws IOException {
    return ModelSource.load(directory.toUri().toString(), HADOOP);
  }

  @ParameterizedTest
  @CsvSource({"CLS,true", "MEAN,false", "MAX,true"})
  void readsWhatItWrote(Pooling pooling, boolean normalize) throws IOException {
    PretrainedEncoder written = tiny(pooling, normalize);
    Path path = new Path(temporary.resolve("other").toUri());
    HuggingFaceDirectory.write(fileSystem, path, written, "# Card\n");
    PretrainedEncoder read = ModelSource.load(path.toString(), HADOOP);
    assertThat(read.architecture()).isEqualTo(TINY);
    assertThat(read.parameters()).containsExactly(written.parameters());
    assertThat(read.tokenizer()).isEqualTo(written.tokenizer());
    assertThat(read.pooling()).isEqualTo(pooling);
    assertThat(read.normalize()).isEqualTo(normalize);
    assertThat(read.maxLength()).isEqualTo(12);
    assertThat(ModelFingerprint.of(read)).isEqualTo(ModelFingerprint.of(written)).hasSize(64);
    assertThat(fileSystem.listStatus(new Path(temporary.toUri()))).hasSize(2);
  }

  @Test
  void aDirectoryWithQueryAndPassageHasTwoTowers() throws IOException {
    Path pair = new Path(temporary.resolve("pair").toUri());
    PretrainedEncoder query = tiny(Pooling.MEAN, true);
    PretrainedEncoder passage = tiny(Pooling.MEAN, true);
    passage.parameters()[0] += 1;
    HuggingFaceDirectory.write(fileSystem, new Path(pair, "query"), query, "");
    assertThatThrownBy(() -> ModelSource.loadDualEncoder(pair.toString(), HADOOP))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("pair/passage is no directory");
    HuggingFaceDirectory.write(fileSystem, new Path(pair, "passage"), passage, "");
    PretrainedDualEncoder read = ModelSource.loadDualEncoder(pair.toString(), HADOOP);
    assertThat(read.isShared()).isFalse();
    assertThat(read.query().parameters()).containsExactly(query.parameters());
    assertThat(read.passage().parameters()).containsExactly(passage.parameters());
    assertThat(read.fingerprint())
        .hasSize(64)
        .isNotEqualTo(ModelFingerprint.of(query))
        .isNotEqualTo(ModelFingerprint.of(passage))
        .isNotEqualTo(new PretrainedDualEncoder(passage, query).fingerprint());
  }

  @Test
  void towersOfDifferentModelsAreRefused() throws IOException {
    Path pair = new Path(temporary.resolve("strangers").toUri());
    HuggingFaceDirectory.write(fileSystem, new Path(pair, "query"), tiny(Pooling.MEAN, true), "");
    byte[] cased = TokenizerJson.ofVocabulary(VOCABULARY, false, Optional.of(false), true).bytes();
    PretrainedEncoder other =
        new PretrainedEncoder("tiny", TINY, tiny.parameters(), cased, Pooling.MEAN, true, 12);
    HuggingFaceDirectory.write(fileSystem, new Path(pair, "passage"), other, "");
    assertThatThrownBy(() -> ModelSource.loadDualEncoder(pair.toString(), HADOOP))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("different tokenizers");
  }

  @Test
  void oneEncoderServesBothSides() throws IOException {
    Path path = new Path(temporary.resolve("one").toUri());
    HuggingFaceDirectory.write(fileSystem, path, tiny, "");
    PretrainedDualEncoder read = ModelSource.loadDualEncoder(path.toString(), HADOOP);
    assertThat(read.isShared()).isTrue();
    assertThat(read.fingerprint()).isEqualTo(ModelFingerprint.of(tiny));
  }

  @Test
  void anythingThatChangesEmbeddingsChangesTheFingerprint() {
    String fingerprint = ModelFingerprint.of(tiny);
    assertThat(ModelFingerprint.of(tiny(Pooling.CLS, true))).isNotEqualTo(fingerprint);
    assertThat(ModelFingerprint.of(tiny(Pooling.MEAN, false))).isNotEqualTo(fingerprint);
    PretrainedEncoder moved = tiny(Pooling.MEAN, true);
    float[] parameters = moved.parameters();
    parameters[parameters.length - 1] = Math.nextUp(parameters[parameters.length - 1]);
    assertThat(ModelFingerprint.of(moved)).isNotEqualTo(fingerprint);
  }

  @Test
  void refusesToOverwrite() {
    assertThatThrownBy(
            () -> HuggingFaceDirectory.write(fileSystem, new Path(directory.toUri()), tiny, ""))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("exists already");
  }

  @Test
  void vocabularyFileStandsInForTokenizerJson() throws IOException {
    Files.delete(directory.resolve("tokenizer.json"));
    assertThat(load().tokenizer()).isEqualTo(tiny.tokenizer());
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
    try (HuggingFaceTokenizer cased = HuggingFaceTokenizer.fromJson(load().tokenizer())) {
      assertThat(cased.encode("retriever Retriever", 9)).containsExactly(2, 5, 6, 1, 3);
    }
  }

  @Test
  void aRawEncoderIsPooledByItsStartToken() throws IOException {
    Files.delete(directory.resolve("modules.json"));
    Files.delete(directory.resolve("sentence_bert_config.json"));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"model_max_length\": 1000000000000000019884624838656}");
    PretrainedEncoder raw = load();
    assertThat(raw.pooling()).isEqualTo(Pooling.CLS);
    assertThat(raw.normalize()).isTrue();
    assertThat(raw.maxLength()).isEqualTo(TINY.maxPositions());
  }

  @Test
  void readsWhatSentenceTransformersSixWrites() throws IOException {
    Files.writeString(
        directory.resolve("modules.json"),
        """
        [{"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
         {"path": "1_Pooling",
          "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
         {"path": "2_Normalize", "type": "sentence_transformers.base.modules.normalize.Normalize"}]
        """);
    Files.writeString(
        directory.resolve("1_Pooling/config.json"),
        "{\"embedding_dimension\": 4, \"pooling_mode\": \"max\", \"include_prompt\": true}");
    Files.writeString(
        directory.resolve("sentence_bert_config.json"),
        "{\"transformer_task\": \"feature-extraction\"}");
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"model_max_length\": 9}");
    PretrainedEncoder read = load();
    assertThat(read.pooling()).isEqualTo(Pooling.MAX);
    assertThat(read.normalize()).isTrue();
    assertThat(read.maxLength()).isEqualTo(9);
    Files.writeString(
        directory.resolve("1_Pooling/config.json"), "{\"pooling_mode\": \"lasttoken\"}");
    fails("1_Pooling/config.json asks for lasttoken", "one of cls, mean and max");
  }

  @Test
  void readsHalvesAndPrefixedNames() throws IOException {
    for (String type : List.of("F16", "BF16")) {
      Files.write(directory.resolve("model.safetensors"), sixteenBits(type));
      float[] read = load().parameters();
      for (int i = 0; i < read.length; i++) {
        float relative = type.equals("F16") ? 0x1p-10f : 0x1p-7f;
        assertThat(read[i]).isCloseTo(tiny.parameters()[i], within(tiny.parameters()[i], relative));
      }
    }
  }

  private static Offset<Float> within(float value, float relative) {
    return Offset.offset(Math.abs(value) * relative + 1e-6f);
  }

  /** The tiny model as `bert.*` tensors of 16 bits, with a pooler and ids that do not count. */
  private byte[] sixteenBits(String type) throws IOException {
    StringBuilder header = new StringBuilder("{\"bert.pooler.dense.bias\":");
    header.append("{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}");
    header.append(",\"bert.embeddings.position_ids\":");
    header.append("{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[2,10]}");
    for (ParameterLayout.Tensor t : ParameterLayout.of(TINY).tensors()) {
      String shape = t.vector() ? "" + t.columns() : t.rows() + "," + t.columns();
      header.append(
          ",\"bert."
              + t.name().replace("LayerNorm.weight", "LayerNorm.gamma")
              + "\":{\"dtype\":\""
              + type
              + "\",\"shape\":["
              + shape
              + "],\"data_offsets\":["
              + (10 + 2 * t.offset())
              + ","
              + (10 + 2 * (t.offset() + t.size()))
              + "]}");
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer values =
        ByteBuffer.allocate(10 + 2 * tiny.parameters().length).order(ByteOrder.LITTLE_ENDIAN);
    values.position(10);
    for (float value : tiny.parameters()) {
      int bits = Float.floatToIntBits(value);
      // Truncating is enough here: values are far from the halves' limits.
      int half =
          (bits >>> 16 & 0x8000) | (((bits >>> 23 & 0xff) - 112) << 10 | (bits >>> 13 & 0x3ff));
      boolean tooSmall = (bits >>> 23 & 0xff) <= 112;
      values.putShort((short) (type.equals("BF16") ? bits >>> 16 : tooSmall ? 0 : half));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    out.write(json);
    out.write(values.array());
    return out.toByteArray();
  }

  @Test
  void halvesAtTheirLimits() {
    assertThat(SafetensorsFile.halfToFloat((short) 0x3c00)).isEqualTo(1f);
    assertThat(SafetensorsFile.halfToFloat((short) 0xc000)).isEqualTo(-2f);
    assertThat(SafetensorsFile.halfToFloat((short) 0x7bff)).isEqualTo(65504f);
    assertThat(SafetensorsFile.halfToFloat((short) 0x0001)).isEqualTo(0x1p-24f);
    assertThat(SafetensorsFile.halfToFloat((short) 0x8000)).isEqualTo(-0f);
    assertThat(SafetensorsFile.halfToFloat((short) 0x7c00)).isInfinite();
    assertThat(SafetensorsFile.halfToFloat((short) 0x7e00)).isNaN();
  }

  private void fails(String... parts) {
    assertThatThrownBy(this::load)
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void saysWhichFileIsMissing() throws IOException {
    Files.move(directory.resolve("model.safetensors"), directory.resolve("pytorch_model.bin"));
    fails("no model.safetensors", "found: ", "vocab.txt", "safe_serialization");
    Files.delete(directory.resolve("tokenizer.json"));
    Files.delete(directory.resolve("vocab.txt"));
    fails("no tokenizer.json (nor vocab.txt)");
    Files.delete(directory.resolve("config.json"));
    fails("no config.json");
    assertThatThrownBy(() -> ModelSource.load("sentence-transformers/all-MiniLM-L6-v2", HADOOP))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("is no directory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"bert\"|\"roberta\"|model_type is \"roberta\"",
        "\"gelu\"|\"gelu_new\"|hidden_act is \"gelu_new\"",
        "\"absolute\"|\"relative_key\"|position_embedding_type is \"relative_key\"",
        "\"hidden_size\" : 4|\"hidden_size\" : \"4\"|hidden_size is \"4\"",
        "\"hidden_size\" : 4|\"hidden_size\" : 3|hiddenSize 3 is not a multiple of heads 2",
        "\"vocab_size\" : 8|\"vocab_size\" : 9|word_embeddings.weight is [8, 4], expected [9, 4]",
        "\"num_hidden_layers\" : 2|\"num_hidden_layers\" : 3|lacks 16 of 53 tensors",
        "}|,|config.json is not valid JSON"
      })
  void refusesWhatItCannotRun(String from, String to, String message) throws IOException {
    java.nio.file.Path config = directory.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(from, to));
    fails(message);
  }

  @Test
  void refusesModulesItDoesNotKnow() throws IOException {
    java.nio.file.Path modules = directory.resolve("modules.json");
    Files.writeString(
        modules, Files.readString(modules).replace("models.Normalize", "models.Dense"));
    fails("modules.json", "models.Dense");
    Files.writeString(
        modules, Files.readString(modules).replace("models.Dense", "models.Normalize"));
    java.nio.file.Path pooling = directory.resolve("1_Pooling/config.json");
    Files.writeString(pooling, Files.readString(pooling).replace("false", "true"));
    fails("pooling_mode_cls_token and pooling_mode_mean_tokens");
  }

  @Test
  void refusesDamagedWeights() throws IOException {
    java.nio.file.Path file = directory.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    fails("model.safetensors", "output.LayerNorm.bias", "cut off");
    Files.write(file, Arrays.copyOf(whole, 5));
    fails("has 5 bytes");
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    fails("says that its header has", "git-lfs");
    byte[] header = whole.clone();
    header[9] = '%';
    Files.write(file, header);
    fails("header that is no JSON");
    byte[] infinite = whole.clone();
    Arrays.fill(infinite, whole.length - 4, whole.length, (byte) 0xff);
    Files.write(file, infinite);
    fails("value 3 of encoder.layer.1.output.LayerNorm.bias is NaN");
    Files.write(
        file,
        new String(whole, StandardCharsets.ISO_8859_1)
            .replace("\"shape\":[8,4]", "\"shape\":[8,5]")
            .getBytes(StandardCharsets.ISO_8859_1));
    fails("embeddings.word_embeddings.weight of shape [8,5] 128 bytes, expected 160");
  }

  @Test
  void refusesATokenizerOfAnotherModel() throws IOException {
    Files.write(
        directory.resolve("tokenizer.json"),
        TokenizerJson.ofVocabulary(
                List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d", "e"),
                true,
                Optional.empty(),
                true)
            .bytes());
    fails("ids up to 8", "only 8 rows");
  }
}
