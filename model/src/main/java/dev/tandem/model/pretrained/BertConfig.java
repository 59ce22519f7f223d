package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.model.encoder.EncoderArchitecture;
import java.util.ArrayList;
import java.util.List;

/** Hugging Face's {@code config.json} for BERT, in and out. */
final class BertConfig {

  private BertConfig() {}

  /**
   * The architecture a configuration describes.
   *
   * @param config the parsed file
   * @param location its name for messages
   * @throws ModelFormatException with everything in the configuration that Tandem does not run
   */
  static EncoderArchitecture read(JsonNode config, String location) throws ModelFormatException {
    String type = config.path("model_type").asText("(none)");
    if (!type.equals("bert")) {
      throw new ModelFormatException(
          location
              + ": model_type is \""
              + type
              + "\"; Tandem runs encoders of model_type \"bert\"");
    }
    List<String> problems = new ArrayList<>();
    require(config, "hidden_act", "gelu", problems);
    require(config, "position_embedding_type", "absolute", problems);
    if (config.path("is_decoder").asBoolean()) {
      problems.add("is_decoder is true, expected an encoder");
    }
    int vocabulary = size(config, "vocab_size", problems);
    int hidden = size(config, "hidden_size", problems);
    int layers = size(config, "num_hidden_layers", problems);
    int heads = size(config, "num_attention_heads", problems);
    int intermediate = size(config, "intermediate_size", problems);
    int positions = size(config, "max_position_embeddings", problems);
    int types = config.path("type_vocab_size").asInt(2);
    double epsilon = config.path("layer_norm_eps").asDouble(1e-12);
    if (!problems.isEmpty()) {
      throw new ModelFormatException(location + ": " + String.join("; ", problems));
    }
    try {
      return new EncoderArchitecture(
          vocabulary, hidden, layers, heads, intermediate, positions, types, epsilon);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(location + ": " + e.getMessage(), e);
    }
  }

  private static void require(JsonNode config, String key, String expected, List<String> problems) {
    String found = config.path(key).asText(expected);
    if (!found.equals(expected)) {
      problems.add(key + " is \"" + found + "\", Tandem runs \"" + expected + "\"");
    }
  }

  private static int size(JsonNode config, String key, List<String> problems) {
    JsonNode value = config.path(key);
    if (!value.isInt() || value.asInt() <= 0) {
      problems.add(
          key
              + (value.isMissingNode() ? " is missing" : " is " + value)
              + ", expected a positive whole number");
      return 1;
    }
    return value.asInt();
  }

  /**
   * The configuration that {@code BertModel.from_pretrained} reads.
   *
   * @param paddingId id of the padding token, which {@code BertModel} keeps at zero
   */
  static ObjectNode write(EncoderArchitecture architecture, int paddingId) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add("BertModel");
    config
        .put("model_type", "bert")
        .put("vocab_size", architecture.vocabularySize())
        .put("hidden_size", architecture.hiddenSize())
        .put("num_hidden_layers", architecture.layers())
        .put("num_attention_heads", architecture.heads())
        .put("intermediate_size", architecture.intermediateSize())
        .put("max_position_embeddings", architecture.maxPositions())
        .put("type_vocab_size", architecture.typeVocabularySize())
        .put("layer_norm_eps", architecture.layerNormEpsilon())
        .put("hidden_act", "gelu")
        .put("position_embedding_type", "absolute")
        .put("attention_probs_dropout_prob", 0.1)
        .put("hidden_dropout_prob", 0.1)
        .put("initializer_range", 0.02)
        .put("pad_token_id", paddingId)
        .put("torch_dtype", "float32")
        .put("use_cache", true);
    return config;
  }
}
