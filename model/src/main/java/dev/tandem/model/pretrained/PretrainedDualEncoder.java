package dev.tandem.model.pretrained;

import dev.tandem.model.tokenize.TokenizerJson;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The encoders of both sides of a retriever: one and the same object where queries and passages
 * share a tower. Both take the same token ids and give vectors of the same size.
 *
 * @param query encodes queries
 * @param passage encodes passages
 */
public record PretrainedDualEncoder(PretrainedEncoder query, PretrainedEncoder passage) {
  /** The query encoder's directory in the directory of a model with two towers. */
  public static final String QUERY = "query";

  /** The passage encoder's directory in the directory of a model with two towers. */
  public static final String PASSAGE = "passage";

  /**
   * Checks that the encoders go together.
   *
   * @throws IllegalArgumentException if their vectors or their tokenizers differ
   */
  public PretrainedDualEncoder {
    int queryDimension = query.architecture().hiddenSize();
    int passageDimension = passage.architecture().hiddenSize();
    if (queryDimension != passageDimension) {
      throw new IllegalArgumentException(
          "%s has %d dimensions and %s %d; their vectors cannot be compared"
              .formatted(query.name(), queryDimension, passage.name(), passageDimension));
    }
    if (query != passage && !tokenizer(query).equals(tokenizer(passage))) {
      throw new IllegalArgumentException(
          "%s and %s have different tokenizers; both towers must take the same token ids"
              .formatted(query.name(), passage.name()));
    }
  }

  private static String tokenizer(PretrainedEncoder encoder) {
    return TokenizerJson.parse(encoder.tokenizer()).fingerprint();
  }

  /** One encoder for both sides. */
  public static PretrainedDualEncoder shared(PretrainedEncoder encoder) {
    return new PretrainedDualEncoder(encoder, encoder);
  }

  /** Whether queries and passages go through the same encoder. */
  public boolean isShared() {
    return query == passage;
  }

  /**
   * Hex SHA-256 of what defines the embeddings of both sides; of a shared encoder its {@link
   * ModelFingerprint}.
   */
  public String fingerprint() {
    String queries = ModelFingerprint.of(query);
    if (isShared()) {
      return queries;
    }
    String both = queries + "\n" + ModelFingerprint.of(passage);
    byte[] digest = ModelFingerprint.sha256().digest(both.getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(digest);
  }
}
