package dev.tandem.jobs.retrieval;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.pretrained.HuggingFaceDirectory;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** A small encoder with random weights as a directory in Hugging Face layout. */
public final class TinyModelDirectory {
  private TinyModelDirectory() {}

  /**
   * Writes the model.
   *
   * @param directory where; must not exist
   * @param seed of the weights
   * @param words its vocabulary
   */
  public static void write(Path directory, long seed, List<String> words) throws IOException {
    write(directory, seed, words, 0.3);
  }

  /**
   * As {@link #write(Path, long, List)}, with parameters of another standard deviation; without
   * normalization embeddings are about as large.
   */
  public static void write(Path directory, long seed, List<String> words, double deviation)
      throws IOException {
    Configuration hadoop = new Configuration();
    List<String> vocabulary = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
    vocabulary.addAll(words);
    EncoderArchitecture architecture =
        new EncoderArchitecture(vocabulary.size(), 16, 2, 2, 32, 24, 2, 1e-12);
    Random random = new Random(seed);
    float[] parameters = new float[(int) ParameterLayout.of(architecture).size()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) (deviation * random.nextGaussian());
    }
    PretrainedEncoder encoder =
        new PretrainedEncoder(
            "tiny", architecture, parameters, tokenizer(vocabulary), Pooling.MEAN, true, 24);
    HuggingFaceDirectory.write(
        FileSystem.getLocal(hadoop),
        new org.apache.hadoop.fs.Path(directory.toUri()),
        encoder,
        "a random model");
  }

  private static byte[] tokenizer(List<String> vocabulary) {
    String entries =
        IntStream.range(0, vocabulary.size())
            .mapToObj(i -> "\"" + vocabulary.get(i) + "\": " + i)
            .collect(Collectors.joining(", "));
    return ("""
{"version": "1.0", "truncation": null, "padding": null,
 "added_tokens": [
   {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
    "normalized": false, "special": true},
   {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
    "normalized": false, "special": true}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true,
   "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"},
 "post_processor": {"type": "TemplateProcessing",
   "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
     {"Sequence": {"id": "A", "type_id": 0}},
     {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
   "pair": [{"Sequence": {"id": "A", "type_id": 0}},
     {"Sequence": {"id": "B", "type_id": 1}}],
   "special_tokens": {
     "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
     "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
 "decoder": null,
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
   "max_input_chars_per_word": 100, "vocab": {"""
            + entries
            + "}}}")
        .getBytes(StandardCharsets.UTF_8);
  }
}
