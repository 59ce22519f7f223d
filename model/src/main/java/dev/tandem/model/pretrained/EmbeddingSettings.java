package dev.tandem.model.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.model.encoder.Pooling;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * What the files of sentence-transformers say about turning token representations into an
 * embedding.
 *
 * @param pooling the pooling
 * @param normalize whether embeddings are scaled to unit length
 * @param maxLength {@code max_seq_length}, where it is given
 * @param encoder name of the directory with the encoder, empty for the model directory itself
 */
record EmbeddingSettings(
    Pooling pooling, boolean normalize, Optional<Integer> maxLength, String encoder) {

  /** A raw encoder: the start token's representation, cosine similarity. */
  private static final EmbeddingSettings RAW =
      new EmbeddingSettings(Pooling.CLS, true, Optional.empty(), "");

  /**
   * Reads {@code modules.json} and what it names; a directory without one is a raw encoder, pooled
   * by its start token and normalized.
   *
   * @throws ModelFormatException if the model has a module or a pooling that Tandem does not run
   */
  static EmbeddingSettings read(ModelFiles files) throws IOException {
    Optional<JsonNode> modules = files.json("modules.json");
    if (modules.isEmpty()) {
      return new EmbeddingSettings(RAW.pooling(), RAW.normalize(), maxLength(files), RAW.encoder());
    }
    Pooling pooling = null;
    boolean normalize = false;
    String encoder = "";
    for (JsonNode module : modules.get()) {
      String type = module.path("type").asText();
      String path = module.path("path").asText();
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> encoder = path;
        case "Pooling" -> pooling = pooling(files.inside(path));
        case "Normalize" -> normalize = true;
        case "Dropout" -> {
          // Does nothing outside training.
        }
        default ->
            throw new ModelFormatException(
                files.path("modules.json")
                    + " names the module "
                    + type
                    + "; Tandem runs Transformer, Pooling and Normalize");
      }
    }
    if (pooling == null) {
      throw new ModelFormatException(files.path("modules.json") + " names no Pooling module");
    }
    return new EmbeddingSettings(pooling, normalize, maxLength(files.inside(encoder)), encoder);
  }

  private static Pooling pooling(ModelFiles files) throws IOException {
    JsonNode config =
        files
            .json("config.json")
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        files.path("config.json") + " is missing; modules.json names it"));
    Pooling found = null;
    String modes = "";
    if (config.path("pooling_mode").isTextual()) {
      modes = config.get("pooling_mode").asText();
      found = pooling(modes);
    } else {
      Iterator<Map.Entry<String, JsonNode>> fields = config.fields();
      while (fields.hasNext()) {
        Map.Entry<String, JsonNode> field = fields.next();
        if (field.getKey().startsWith("pooling_mode_") && field.getValue().asBoolean()) {
          found =
              modes.isEmpty()
                  ? pooling(field.getKey().replaceAll("^pooling_mode_|_tokens?$", ""))
                  : null;
          modes += (modes.isEmpty() ? "" : " and ") + field.getKey();
        }
      }
    }
    if (found == null) {
      throw new ModelFormatException(
          files.path("config.json")
              + " asks for "
              + (modes.isEmpty() ? "no pooling" : modes)
              + "; Tandem pools by one of cls, mean and max");
    }
    return found;
  }

  private static Pooling pooling(String mode) {
    return switch (mode) {
      case "cls" -> Pooling.CLS;
      case "mean" -> Pooling.MEAN;
      case "max" -> Pooling.MAX;
      default -> null;
    };
  }

  private static Optional<Integer> maxLength(ModelFiles encoder) throws IOException {
    int length =
        encoder
            .json("sentence_bert_config.json")
            .map(config -> config.path("max_seq_length").asInt())
            .orElse(0);
    if (length > 0) {
      return Optional.of(length);
    }
    // Models without a limit say 1e30, which is no int.
    JsonNode limit =
        encoder
            .json("tokenizer_config.json")
            .map(config -> config.path("model_max_length"))
            .orElse(null);
    return limit != null && limit.isInt() && limit.asInt() > 0
        ? Optional.of(limit.asInt())
        : Optional.empty();
  }
}
