package dev.tandem.model.graph;

import dev.tandem.model.encoder.TokenBatch;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Token ids as DL4J carries them: a float array [texts, width], row ends padded with {@link
 * #PADDING}. A float holds ids up to 2^24 exactly.
 */
public final class PaddedTokens {

  /** Stands behind the end of a text. */
  public static final int PADDING = -1;

  private PaddedTokens() {}

  /**
   * Lays texts out for a network.
   *
   * @param texts token ids, at least one a text
   * @param width columns; at least the longest text
   * @throws IllegalArgumentException if a text is empty or longer than the width
   */
  public static INDArray pack(List<int[]> texts, int width) {
    float[] rows = new float[texts.size() * width];
    Arrays.fill(rows, PADDING);
    for (int row = 0; row < texts.size(); row++) {
      int[] ids = texts.get(row);
      if (ids.length == 0 || ids.length > width) {
        throw new IllegalArgumentException(
            "text " + row + " has " + ids.length + " tokens, not 1 to " + width);
      }
      for (int i = 0; i < ids.length; i++) {
        rows[row * width + i] = ids[i];
      }
    }
    return Nd4j.create(rows, new long[] {texts.size(), width}, 'c');
  }

  /**
   * Removes the padding.
   *
   * @param input [texts, width]
   * @throws IllegalArgumentException if the input is not a matrix, or a row is padding only
   */
  public static TokenBatch unpack(INDArray input) {
    if (input.rank() != 2) {
      throw new IllegalArgumentException(
          "token ids must be a matrix [texts, width], not " + Arrays.toString(input.shape()));
    }
    int texts = (int) input.size(0);
    int width = (int) input.size(1);
    float[] rows = input.castTo(DataType.FLOAT).dup('c').data().asFloat();
    int[] ids = new int[rows.length];
    int[] offsets = new int[texts + 1];
    int count = 0;
    for (int row = 0; row < texts; row++) {
      for (int i = 0; i < width && rows[row * width + i] != PADDING; i++) {
        ids[count++] = (int) rows[row * width + i];
      }
      offsets[row + 1] = count;
    }
    return new TokenBatch(Arrays.copyOf(ids, count), offsets);
  }
}
