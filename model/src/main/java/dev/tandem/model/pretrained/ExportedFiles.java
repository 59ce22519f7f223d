package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The small files of a model directory, by their names: what {@code AutoModel}, {@code
 * AutoTokenizer} and {@code SentenceTransformer} read beside the weights.
 */
final class ExportedFiles {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String MODULES = "sentence_transformers.models.";

  private ExportedFiles() {}

  static Map<String, byte[]> of(PretrainedEncoder encoder) {
    TokenizerJson tokenizer = TokenizerJson.parse(encoder.tokenizer());
    Map<String, byte[]> files = new LinkedHashMap<>();
    int padding = tokenizer.id(tokenizer.specialTokens().get("pad_token")).orElse(0);
    files.put("config.json", json(BertConfig.write(encoder.architecture(), padding)));
    files.put("tokenizer.json", tokenizer.bytes());
    files.put("tokenizer_config.json", json(tokenizerConfig(tokenizer, encoder.maxLength())));
    files.put("special_tokens_map.json", json(MAPPER.valueToTree(tokenizer.specialTokens())));
    tokenizer
        .wordPieces()
        .ifPresent(
            pieces ->
                files.put(
                    "vocab.txt",
                    (String.join("\n", pieces) + "\n").getBytes(StandardCharsets.UTF_8)));
    files.put("modules.json", json(modules(encoder.normalize())));
    files.put("1_Pooling/config.json", json(pooling(encoder)));
    files.put(
        "sentence_bert_config.json",
        json(
            MAPPER
                .createObjectNode()
                .put("max_seq_length", encoder.maxLength())
                .put("do_lower_case", false)));
    ObjectNode sentence = MAPPER.createObjectNode();
    sentence.putObject("prompts");
    sentence.putNull("default_prompt_name");
    sentence.put("similarity_fn_name", encoder.normalize() ? "cosine" : "dot");
    files.put("config_sentence_transformers.json", json(sentence));
    return files;
  }

  private static ObjectNode tokenizerConfig(TokenizerJson tokenizer, int maxLength) {
    boolean wordPiece = tokenizer.wordPieces().isPresent();
    ObjectNode config = MAPPER.createObjectNode();
    config.put("tokenizer_class", wordPiece ? "BertTokenizer" : "PreTrainedTokenizerFast");
    if (wordPiece) {
      config.put("do_lower_case", tokenizer.lowerCase());
      tokenizer.stripAccents().ifPresent(strip -> config.put("strip_accents", strip));
      config.put("tokenize_chinese_chars", tokenizer.splitChinese());
    }
    config.put("model_max_length", maxLength);
    config.put("clean_up_tokenization_spaces", true);
    tokenizer.specialTokens().forEach(config::put);
    return config;
  }

  private static ArrayNode modules(boolean normalize) {
    ArrayNode modules = MAPPER.createArrayNode();
    List<String> types =
        normalize
            ? List.of("Transformer", "Pooling", "Normalize")
            : List.of("Transformer", "Pooling");
    for (int i = 0; i < types.size(); i++) {
      modules
          .addObject()
          .put("idx", i)
          .put("name", Integer.toString(i))
          .put("path", i == 0 ? "" : i + "_" + types.get(i))
          .put("type", MODULES + types.get(i));
    }
    return modules;
  }

  private static ObjectNode pooling(PretrainedEncoder encoder) {
    return MAPPER
        .createObjectNode()
        .put("word_embedding_dimension", encoder.architecture().hiddenSize())
        .put("pooling_mode_cls_token", encoder.pooling() == Pooling.CLS)
        .put("pooling_mode_mean_tokens", encoder.pooling() == Pooling.MEAN)
        .put("pooling_mode_max_tokens", encoder.pooling() == Pooling.MAX)
        .put("pooling_mode_mean_sqrt_len_tokens", false);
  }

  private static byte[] json(JsonNode node) {
    try {
      return (MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
