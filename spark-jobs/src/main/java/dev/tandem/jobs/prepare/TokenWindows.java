package dev.tandem.jobs.prepare;

import dev.tandem.jobs.data.TokenizedText;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts the tokens of a long passage into overlapping windows. Each has the start token, the
 * passages' prefix, tokens of the text, and the end token; a passage that fits into one window
 * stays as it is.
 *
 * @param length tokens of a window at most, start token, prefix and end token included
 * @param stride tokens of the text between the starts of two windows
 * @param prefix tokens of the passages' prefix by itself, without start and end token
 */
public record TokenWindows(int length, int stride, int[] prefix) implements Serializable {
  /** Start and end token. */
  public static final int SPECIAL_TOKENS = 2;

  /**
   * Checks the components.
   *
   * @throws IllegalArgumentException if windows would leave out tokens, or not move on
   */
  public TokenWindows {
    int room = length - SPECIAL_TOKENS - prefix.length;
    if (stride < 1 || stride > room) {
      throw new IllegalArgumentException(
          String.format(
              "A window of %d tokens has room for %d of the text beside start token, end token and"
                  + " %d of the prefix; the stride must be from 1 to that, not %d",
              length, room, prefix.length, stride));
    }
  }

  /**
   * Windows for passages as a tokenizer makes them.
   *
   * @param prefix put before every passage
   */
  public static TokenWindows of(
      int length, int stride, TokenizerDefinition tokenizer, String prefix) {
    int[] ids = tokenizer.tokenizer().encode(prefix, PassageTokenizer.UNCUT);
    return new TokenWindows(length, stride, Arrays.copyOfRange(ids, 1, ids.length - 1));
  }

  /**
   * The windows of a passage in order.
   *
   * @param passage all its tokens, with start and end token
   */
  public List<TokenizedText> cut(TokenizedText passage) {
    int[] tokens = passage.tokens();
    if (tokens.length <= length) {
      return List.of(passage);
    }
    int common = 0;
    while (common < prefix.length && tokens[1 + common] == prefix[common]) {
      common++;
    }
    int start = 1 + common;
    int end = tokens.length - 1;
    int room = length - SPECIAL_TOKENS - prefix.length;
    List<TokenizedText> windows = new ArrayList<>();
    for (int from = start; windows.isEmpty() || from - stride + room < end; from += stride) {
      int to = Math.min(from + room, end);
      int[] window = new int[SPECIAL_TOKENS + prefix.length + to - from];
      window[0] = tokens[0];
      System.arraycopy(prefix, 0, window, 1, prefix.length);
      System.arraycopy(tokens, from, window, 1 + prefix.length, to - from);
      window[window.length - 1] = tokens[end];
      windows.add(new TokenizedText(passage.id(), window));
    }
    return windows;
  }

  /**
   * How many windows a passage of so many tokens has, start token, prefix and end token included.
   */
  public long count(long tokens) {
    long over = Math.max(0, tokens - length);
    return 1 + (over + stride - 1) / stride;
  }
}
