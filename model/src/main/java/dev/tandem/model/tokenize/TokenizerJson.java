package dev.tandem.model.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A Hugging Face {@code tokenizer.json} without its truncation and padding: those belong to the
 * call, not to the vocabulary, and packed models carry arbitrary ones (all-MiniLM-L6-v2 pads
 * everything to 128).
 *
 * <p>Immutable. Reading the bytes it wrote gives the same bytes again.
 */
public final class TokenizerJson {

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private static final Map<String, List<String>> SPECIAL_TOKENS =
      Map.of(
          "cls_token", List.of("[CLS]", "<s>"),
          "sep_token", List.of("[SEP]", "</s>"),
          "pad_token", List.of("[PAD]", "<pad>"),
          "unk_token", List.of("[UNK]", "<unk>"),
          "mask_token", List.of("[MASK]", "<mask>"));

  private final ObjectNode root;
  private final int vocabularySize;

  private TokenizerJson(ObjectNode root) {
    root.putNull("truncation");
    root.putNull("padding");
    this.root = root;
    this.vocabularySize = 1 + largestId(root);
  }

  /**
   * Reads the bytes of a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException if they are not JSON or carry no vocabulary
   */
  public static TokenizerJson parse(byte[] bytes) {
    JsonNode node;
    try {
      node = MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw new IllegalArgumentException("not valid JSON: " + e.getMessage(), e);
    }
    if (node == null || !node.path("model").path("vocab").isContainerNode()) {
      throw new IllegalArgumentException("no model.vocab: not a Hugging Face tokenizer.json");
    }
    return new TokenizerJson((ObjectNode) node);
  }

  /**
   * The tokenizer that {@code BertTokenizerFast} builds from a {@code vocab.txt}.
   *
   * @param tokens the word pieces in the order of their ids, one a line of {@code vocab.txt}
   * @param lowerCase {@code do_lower_case} of {@code tokenizer_config.json}: true for uncased
   * @param stripAccents {@code strip_accents}; empty means as {@code lowerCase}
   * @param splitChinese {@code tokenize_chinese_chars}: each CJK character its own word
   * @throws IllegalArgumentException if a token is repeated or [UNK], [CLS] or [SEP] is missing
   */
  public static TokenizerJson ofVocabulary(
      List<String> tokens,
      boolean lowerCase,
      Optional<Boolean> stripAccents,
      boolean splitChinese) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (String special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
      int id = tokens.indexOf(special);
      if (id < 0 && !special.equals("[PAD]") && !special.equals("[MASK]")) {
        throw new IllegalArgumentException(
            "the vocabulary of " + tokens.size() + " tokens has no " + special);
      }
      if (id >= 0) {
        added
            .addObject()
            .put("id", id)
            .put("content", special)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", true);
      }
    }
    ObjectNode normalizer = root.putObject("normalizer").put("type", "BertNormalizer");
    normalizer.put("clean_text", true).put("handle_chinese_chars", splitChinese);
    normalizer.put("strip_accents", stripAccents.orElse(null)).put("lowercase", lowerCase);
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    root.set("post_processor", bertTemplate(tokens.indexOf("[CLS]"), tokens.indexOf("[SEP]")));
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model = root.putObject("model").put("type", "WordPiece");
    model.put("unk_token", "[UNK]").put("continuing_subword_prefix", "##");
    model.put("max_input_chars_per_word", 100);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      if (vocabulary.has(tokens.get(id))) {
        throw new IllegalArgumentException(
            "the vocabulary repeats \""
                + tokens.get(id)
                + "\": lines "
                + (vocabulary.get(tokens.get(id)).asInt() + 1)
                + " and "
                + (id + 1));
      }
      vocabulary.put(tokens.get(id), id);
    }
    return new TokenizerJson(root);
  }

  private static ObjectNode bertTemplate(int cls, int sep) {
    ObjectNode template = MAPPER.createObjectNode().put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    special(single, "[CLS]", 0);
    sequence(single, "A", 0);
    special(single, "[SEP]", 0);
    ArrayNode pair = template.putArray("pair");
    special(pair, "[CLS]", 0);
    sequence(pair, "A", 0);
    special(pair, "[SEP]", 0);
    sequence(pair, "B", 1);
    special(pair, "[SEP]", 1);
    ObjectNode specials = template.putObject("special_tokens");
    for (Map.Entry<String, Integer> token :
        List.of(Map.entry("[CLS]", cls), Map.entry("[SEP]", sep))) {
      ObjectNode entry = specials.putObject(token.getKey()).put("id", token.getKey());
      entry.putArray("ids").add(token.getValue());
      entry.putArray("tokens").add(token.getKey());
    }
    return template;
  }

  private static void special(ArrayNode template, String token, int type) {
    template.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
  }

  private static void sequence(ArrayNode template, String name, int type) {
    template.addObject().putObject("Sequence").put("id", name).put("type_id", type);
  }

  private static int largestId(ObjectNode root) {
    JsonNode vocabulary = root.path("model").path("vocab");
    int largest = -1;
    if (vocabulary.isArray()) {
      largest = vocabulary.size() - 1; // Unigram: the position is the id
    } else {
      for (JsonNode id : vocabulary) {
        largest = Math.max(largest, id.asInt());
      }
    }
    for (JsonNode token : root.path("added_tokens")) {
      largest = Math.max(largest, token.path("id").asInt());
    }
    if (largest < 0) {
      throw new IllegalArgumentException("model.vocab is empty");
    }
    return largest;
  }

  /** One more than the largest id. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Whether text is lower-cased before it is split. */
  public boolean lowerCase() {
    JsonNode normalizer = root.path("normalizer");
    if (normalizer.path("lowercase").asBoolean()) {
      return true;
    }
    for (JsonNode step : normalizer.path("normalizers")) {
      if (step.path("type").asText().equals("Lowercase") || step.path("lowercase").asBoolean()) {
        return true;
      }
    }
    return false;
  }

  /** {@code strip_accents} of a BERT normalizer, where it is set. */
  public Optional<Boolean> stripAccents() {
    JsonNode strip = root.path("normalizer").path("strip_accents");
    return strip.isBoolean() ? Optional.of(strip.asBoolean()) : Optional.empty();
  }

  /** Whether each CJK character is a word of its own, as BERT's normalizer has it by default. */
  public boolean splitChinese() {
    return root.path("normalizer").path("handle_chinese_chars").asBoolean(true);
  }

  /**
   * The special tokens by Hugging Face's names for their parts: {@code cls_token} to {@code [CLS]}
   * and so on, for those the tokenizer has; those of BERT and of RoBERTa are known.
   */
  public Map<String, String> specialTokens() {
    Map<String, String> found = new TreeMap<>();
    SPECIAL_TOKENS.forEach(
        (part, candidates) ->
            candidates.stream()
                .filter(candidate -> id(candidate).isPresent())
                .findFirst()
                .ifPresent(candidate -> found.put(part, candidate)));
    return found;
  }

  /** The id of an added token, as the special ones are; empty for any other, and for null. */
  public Optional<Integer> id(String addedToken) {
    for (JsonNode token : root.path("added_tokens")) {
      if (token.path("content").asText().equals(addedToken)) {
        return Optional.of(token.path("id").asInt());
      }
    }
    return Optional.empty();
  }

  /**
   * The word pieces in the order of their ids, as {@code vocab.txt} lists them; empty where the
   * tokenizer is no WordPiece with contiguous ids.
   */
  public Optional<List<String>> wordPieces() {
    JsonNode model = root.path("model");
    JsonNode vocabulary = model.path("vocab");
    if (!model.path("type").asText("WordPiece").equals("WordPiece") || !vocabulary.isObject()) {
      return Optional.empty();
    }
    String[] tokens = new String[vocabulary.size()];
    Iterator<Map.Entry<String, JsonNode>> fields = vocabulary.fields();
    Set<Integer> seen = new HashSet<>();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      int id = field.getValue().asInt(-1);
      if (id < 0 || id >= tokens.length || !seen.add(id)) {
        return Optional.empty();
      }
      tokens[id] = field.getKey();
    }
    return Optional.of(List.of(tokens));
  }

  /** The JSON, UTF-8, with {@code truncation} and {@code padding} null. */
  public byte[] bytes() {
    return json(root);
  }

  /** Hex SHA-256 of the JSON with its keys sorted: formatting and key order do not count. */
  public String fingerprint() {
    try {
      byte[] canonical = json(MAPPER.treeToValue(root, Object.class));
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
    } catch (NoSuchAlgorithmException | JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] json(Object value) {
    try {
      return MAPPER.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a parsed tree did not serialize", e);
    }
  }
}
