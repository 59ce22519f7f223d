package dev.tandem.model.encoder;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The index arrays of a packed batch, for moving between packed rows [tokens, width] and padded
 * rows [texts * longest, width]. Each token has exactly one padded place, so either direction is a
 * mere selection of rows, and so is its gradient.
 */
final class PackedTexts {

  /** Added to the score of a key that is padding: its probability becomes zero. */
  private static final float MASKED = -1e9f;

  private final TokenBatch batch;
  private final int longest;
  private final INDArray ids;
  private final INDArray positions;
  private final INDArray paddedFromPacked;
  private final INDArray packedFromPadded;
  private final INDArray present;
  private final INDArray mask;

  PackedTexts(ArrayScope scope, TokenBatch batch) {
    this.batch = batch;
    longest = batch.longest();
    int places = batch.texts() * longest;
    int[] position = new int[batch.tokens()];
    int[] place = new int[batch.tokens()];
    int[] token = new int[places];
    float[] presence = new float[places];
    float[] masked = new float[places];
    Arrays.fill(masked, MASKED);
    for (int text = 0; text < batch.texts(); text++) {
      for (int i = 0; i < batch.length(text); i++) {
        int packed = batch.offsets()[text] + i;
        int padded = text * longest + i;
        position[packed] = i;
        place[packed] = padded;
        token[padded] = packed;
        presence[padded] = 1;
        masked[padded] = 0;
      }
    }
    ids = scope.index(batch.ids());
    positions = scope.index(position);
    paddedFromPacked = scope.index(token);
    packedFromPadded = scope.index(place);
    present = scope.own(Nd4j.create(presence, new long[] {places, 1}, 'c'));
    mask = scope.own(Nd4j.create(masked, new long[] {batch.texts(), 1, 1, longest}, 'c'));
  }

  /** Padded rows; what stands at the padding is arbitrary. */
  INDArray pad(ArrayScope scope, INDArray packed) {
    return scope.rows(packed, paddedFromPacked);
  }

  /** Padded rows with zeros at the padding. */
  INDArray padWithZeros(ArrayScope scope, INDArray packed) {
    return pad(scope, packed).muliColumnVector(present);
  }

  /** Packed rows. */
  INDArray pack(ArrayScope scope, INDArray padded) {
    return scope.rows(padded, packedFromPadded);
  }

  int texts() {
    return batch.texts();
  }

  int tokens() {
    return batch.tokens();
  }

  int longest() {
    return longest;
  }

  TokenBatch batch() {
    return batch;
  }

  /** Token ids, [tokens]. */
  INDArray ids() {
    return ids;
  }

  /** Place of each token in its text, [tokens]. */
  INDArray positions() {
    return positions;
  }

  /** What to add to attention scores, [texts, 1, 1, longest]. */
  INDArray mask() {
    return mask;
  }
}
