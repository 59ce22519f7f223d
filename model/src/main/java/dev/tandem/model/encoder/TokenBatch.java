package dev.tandem.model.encoder;

import java.util.Arrays;
import java.util.List;

/**
 * Token ids of several texts packed one after the other, without padding.
 *
 * @param ids all ids, text by text; length is the sum of the lengths
 * @param offsets {@code offsets[i]} is where text {@code i} starts in {@code ids}; one more entry
 *     than there are texts, the last being {@code ids.length}. A text has at least one id.
 */
public record TokenBatch(int[] ids, int[] offsets) {

  public TokenBatch {
    if (offsets.length < 2 || offsets[0] != 0 || offsets[offsets.length - 1] != ids.length) {
      throw new IllegalArgumentException(
          "offsets must run from 0 to " + ids.length + " over at least one text");
    }
    for (int i = 1; i < offsets.length; i++) {
      if (offsets[i] <= offsets[i - 1]) {
        throw new IllegalArgumentException("text " + (i - 1) + " has no tokens");
      }
    }
  }

  /** Packs token sequences in their order. */
  public static TokenBatch of(List<int[]> texts) {
    int[] offsets = new int[texts.size() + 1];
    for (int i = 0; i < texts.size(); i++) {
      offsets[i + 1] = offsets[i] + texts.get(i).length;
    }
    int[] ids = new int[offsets[texts.size()]];
    for (int i = 0; i < texts.size(); i++) {
      System.arraycopy(texts.get(i), 0, ids, offsets[i], texts.get(i).length);
    }
    return new TokenBatch(ids, offsets);
  }

  /** The texts from {@code first} up to, without, {@code end}, as a batch of their own. */
  public TokenBatch slice(int first, int end) {
    int start = offsets[first];
    int[] sliceOffsets = new int[end - first + 1];
    for (int i = first; i <= end; i++) {
      sliceOffsets[i - first] = offsets[i] - start;
    }
    return new TokenBatch(Arrays.copyOfRange(ids, start, offsets[end]), sliceOffsets);
  }

  /** Number of texts. */
  public int texts() {
    return offsets.length - 1;
  }

  /** Number of tokens of all texts. */
  public int tokens() {
    return ids.length;
  }

  /** Number of tokens of one text. */
  public int length(int text) {
    return offsets[text + 1] - offsets[text];
  }

  /** Number of tokens of the longest text. */
  public int longest() {
    int longest = 0;
    for (int i = 0; i < texts(); i++) {
      longest = Math.max(longest, length(i));
    }
    return longest;
  }
}
