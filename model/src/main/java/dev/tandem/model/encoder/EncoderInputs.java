package dev.tandem.model.encoder;

/** Checks that a batch fits an architecture, for all engines alike. */
final class EncoderInputs {

  private EncoderInputs() {}

  /**
   * Refuses ids outside the vocabulary and texts longer than the positions.
   *
   * @throws IllegalArgumentException saying which text and what is wrong
   */
  static void check(EncoderArchitecture architecture, TokenBatch batch) {
    for (int text = 0; text < batch.texts(); text++) {
      if (batch.length(text) > architecture.maxPositions()) {
        throw new IllegalArgumentException(
            "text "
                + text
                + " has "
                + batch.length(text)
                + " tokens, the encoder has positions for "
                + architecture.maxPositions()
                + "; truncate it");
      }
    }
    for (int id : batch.ids()) {
      if (id < 0 || id >= architecture.vocabularySize()) {
        throw new IllegalArgumentException(
            "token id "
                + id
                + " is outside the vocabulary of "
                + architecture.vocabularySize()
                + "; tokenizer and model do not belong together");
      }
    }
  }
}
