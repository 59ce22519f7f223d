package dev.tandem.jobs.prepare;

import dev.tandem.model.tokenize.HuggingFaceTokenizer;
import dev.tandem.model.tokenize.TextTokenizer;
import dev.tandem.model.tokenize.TokenizerJson;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What defines a tokenizer, small enough to travel to executors. Each JVM builds one tokenizer per
 * definition, at first use, and keeps it for its lifetime.
 *
 * @param definition the bytes of {@code tokenizer.json}
 * @param fingerprint hex SHA-256, equal for definitions that always agree
 * @param factory builds it
 */
public record TokenizerDefinition(byte[] definition, String fingerprint, TokenizerFactory factory)
    implements Serializable {
  private static final Map<String, TextTokenizer> IN_THIS_JVM = new ConcurrentHashMap<>();

  /**
   * The definition of a Hugging Face tokenizer.
   *
   * @param tokenizerJson the bytes of {@code tokenizer.json}
   * @throws IllegalArgumentException where they define no tokenizer
   */
  public static TokenizerDefinition huggingFace(byte[] tokenizerJson) {
    return new TokenizerDefinition(
        tokenizerJson,
        TokenizerJson.parse(tokenizerJson).fingerprint(),
        HuggingFaceTokenizer::fromJson);
  }

  /** The tokenizer of this JVM; thread-safe, do not close it. */
  public TextTokenizer tokenizer() {
    return IN_THIS_JVM.computeIfAbsent(
        fingerprint,
        key -> {
          try {
            return factory.create(definition);
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot build the tokenizer " + key, e);
          }
        });
  }
}
