package dev.tandem.jobs.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.data.TokenizedText;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenWindowsTest {
  private static final int START = 101;
  private static final int END = 102;

  private static TokenizedText passage(int[] prefix, int words) {
    return new TokenizedText(
        "p",
        IntStream.concat(
                IntStream.concat(IntStream.of(START), Arrays.stream(prefix)),
                IntStream.concat(IntStream.range(1000, 1000 + words), IntStream.of(END)))
            .toArray());
  }

  private static List<int[]> cut(TokenWindows windows, int[] prefix, int words) {
    return windows.cut(passage(prefix, words)).stream().map(TokenizedText::tokens).toList();
  }

  @Test
  void aPassageThatFitsStaysAsItIs() {
    TokenWindows windows = new TokenWindows(6, 2, new int[] {7});
    TokenizedText fits = passage(new int[] {7}, 3);
    assertThat(fits.tokens()).hasSize(6);
    assertThat(windows.cut(fits)).containsExactly(fits);
  }

  @Test
  void windowsOverlapAndEachHasStartPrefixAndEnd() {
    TokenWindows windows = new TokenWindows(6, 2, new int[] {7});
    assertThat(cut(windows, new int[] {7}, 6))
        .containsExactly(
            new int[] {START, 7, 1000, 1001, 1002, END},
            new int[] {START, 7, 1002, 1003, 1004, END},
            new int[] {START, 7, 1004, 1005, END});
  }

  @Test
  void everyTokenIsInAWindowAndNoWindowIsWithinAnother() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      int[] prefix = random.ints(random.nextInt(3), 1, 9).toArray();
      int room = 1 + random.nextInt(10);
      int stride = 1 + random.nextInt(room);
      TokenWindows windows = new TokenWindows(2 + prefix.length + room, stride, prefix);
      int words = 1 + random.nextInt(60);
      List<int[]> all = cut(windows, prefix, words);
      int covered = 0;
      for (int w = 0; w < all.size(); w++) {
        int[] window = all.get(w);
        assertThat(window.length).isBetween(3 + prefix.length, windows.length());
        assertThat(window[0]).isEqualTo(START);
        assertThat(window[window.length - 1]).isEqualTo(END);
        assertThat(Arrays.copyOfRange(window, 1, 1 + prefix.length)).isEqualTo(prefix);
        int[] text = Arrays.copyOfRange(window, 1 + prefix.length, window.length - 1);
        assertThat(text).isEqualTo(IntStream.range(0, text.length).map(t -> text[0] + t).toArray());
        assertThat(text[0]).isEqualTo(1000 + w * stride);
        int end = text[0] + text.length - 1000;
        assertThat(end).isGreaterThan(covered);
        covered = end;
      }
      assertThat(covered).isEqualTo(words);
      assertThat(windows.count(words + 2 + prefix.length)).isEqualTo(all.size());
    }
  }

  @Test
  void aPrefixThatJoinedWithTheFirstWordIsStillBeforeEveryWindow() {
    TokenWindows windows = new TokenWindows(5, 2, new int[] {7});
    assertThat(cut(windows, new int[0], 4))
        .containsExactly(
            new int[] {START, 7, 1000, 1001, END}, new int[] {START, 7, 1002, 1003, END});
  }

  @Test
  void windowsThatWouldLeaveTokensOutAreRefused() {
    assertThatThrownBy(() -> new TokenWindows(8, 6, new int[] {7}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("A window of 8 tokens has room for 5")
        .hasMessageContaining("not 6");
    assertThatThrownBy(() -> new TokenWindows(8, 0, new int[0]))
        .hasMessageContaining("must be from 1");
  }
}
