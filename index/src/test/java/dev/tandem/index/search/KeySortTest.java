package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySortTest {

  private final KeySort sort = new KeySort();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 127, 128, 129, 1000, 5000})
  void ordersByScore(int count) {
    Random random = new Random(count);
    long[] keys = new long[count + 3];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ScoreKeys.key((float) random.nextGaussian(), i);
    }
    long[] expected = keys.clone();
    Arrays.sort(expected, 0, count);
    sort.ascending(keys, count);
    assertThat(keys).isEqualTo(expected);
  }

  @Test
  void ordersScoresOfAnySignAndSize() {
    float[] scores = {
      Float.NEGATIVE_INFINITY,
      -Float.MAX_VALUE,
      -1,
      -Float.MIN_VALUE,
      0,
      Float.MIN_VALUE,
      Float.MIN_NORMAL,
      0.5f,
      Math.nextUp(0.5f),
      1,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY
    };
    long[] keys = new long[200];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ScoreKeys.key(scores[(i * 7) % scores.length], i);
    }
    sort.ascending(keys, keys.length);
    for (int i = 1; i < keys.length; i++) {
      assertThat(ScoreKeys.score(keys[i - 1])).isLessThanOrEqualTo(ScoreKeys.score(keys[i]));
    }
    assertThat(Arrays.stream(keys).mapToInt(ScoreKeys::row)).doesNotHaveDuplicates();
  }

  @Test
  void keepsEqualScoresInAnyOrderButKeepsThemAll() {
    long[] keys = new long[500];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ScoreKeys.key(i % 2, i);
    }
    sort.ascending(keys, keys.length);
    assertThat(Arrays.stream(keys, 0, 250).mapToInt(ScoreKeys::row)).allMatch(row -> row % 2 == 0);
    assertThat(Arrays.stream(keys, 250, 500).mapToInt(ScoreKeys::row))
        .allMatch(row -> row % 2 == 1)
        .doesNotHaveDuplicates();
  }
}
