package dev.tandem.model.tokenize;

import java.util.List;

/**
 * Turns text into the token ids of one vocabulary. Implementations are thread-safe.
 *
 * <p>Every sequence starts with the model's start token ({@code [CLS]}) and ends with its end token
 * ({@code [SEP]}); a longer text is cut so that the whole sequence, both included, has at most
 * {@code maxLength} ids. No padding is added.
 */
public interface TextTokenizer extends AutoCloseable {

  /**
   * Token ids of one text.
   *
   * @param text the text, any length, may be empty
   * @param maxLength largest number of ids returned, at least 2
   * @throws IllegalArgumentException if {@code maxLength} is below 2
   */
  int[] encode(String text, int maxLength);

  /** Token ids of several texts, in their order. */
  List<int[]> encodeAll(List<String> texts, int maxLength);

  /** Number of entries of the vocabulary; every id is below it. */
  int vocabularySize();

  /** Hex SHA-256 of what defines the tokenization; equal for tokenizers that always agree. */
  String fingerprint();

  @Override
  void close();
}
