package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatesTest {

  private static final float ERROR = 0.01f;

  private final Candidates candidates = new Candidates(100, new KthLargest());

  /** Products whose errors are all the same; nothing is multiplied. */
  private static final class Even implements CoarseProducts {
    @Override
    public void queries(int first, int count) {}

    @Override
    public void multiply(SearchRows rows, int from, int count) {}

    @Override
    public void upperBounds(int query, float[] upper) {}

    @Override
    public float error(int query, SearchRows rows, int row) {
      return ERROR;
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void reset() {
    reset(10, 0.5f);
  }

  private void reset(int k, float guess) {
    candidates.reset(k, guess, new Even(), 0, null);
  }

  private static float[] all(float bound) {
    float[] upper = new float[1024];
    Arrays.fill(upper, bound);
    return upper;
  }

  @Test
  void boundsThatReachTheThresholdPass() {
    float[] upper = all(Math.nextDown(0.5f));
    upper[0] = 0.5f;
    upper[130] = Math.nextUp(0.5f);
    upper[1023] = 0.5f;
    candidates.offer(upper, 1024, 2000);
    assertThat(candidates.rows()).containsExactly(2000, 2130, 3023);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 127, 128, 129, 255, 257, 1000})
  void whatLiesBehindTheEndDoesNotCount(int length) {
    candidates.offer(all(1), length, 7);
    assertThat(candidates.rows()).isEqualTo(IntStream.range(7, 7 + length).toArray());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.02, 0.3, 1})
  void findsWhatPassesHoweverMuchThatIs(double share) {
    Random random = new Random(5);
    int[] expected = new int[0];
    for (int first = 0; first < 8 * 1024; first += 1024) {
      float[] upper = new float[1024];
      for (int i = 0; i < 1024; i++) {
        upper[i] = random.nextDouble() < share ? 0.6f + i : 0.4f - i;
      }
      // Too many errors for the threshold to be raised within a block
      reset(5000, 0.5f);
      candidates.offer(upper, 1024, first);
      expected = IntStream.range(0, 1024).filter(i -> upper[i] >= 0.5f).map(i -> i).toArray();
      int from = first;
      assertThat(candidates.rows()).isEqualTo(Arrays.stream(expected).map(i -> from + i).toArray());
    }
  }

  @Test
  void expectsLittleMoreThanTheBestOfThoseHeld() {
    float[] upper = all(0);
    for (int i = 0; i < 500; i++) {
      upper[i] = 0.5f + i * 1e-4f;
    }
    candidates.offer(upper, 1024, 0);
    assertThat(candidates.rows()).hasSize(500);

    candidates.narrow();
    // What reaches the 14th best score in the middle of its bounds may do so by a whole error.
    assertThat(candidates.least()).isBetween(0.5484f - ERROR, 0.5487f - ERROR);
    assertThat(candidates.rows()).hasSizeBetween(113, 117).contains(499, 490).doesNotContain(380);
    assertThat(candidates.complete(10)).isTrue();
    assertThat(candidates.complete(9)).isFalse();

    assertThat(candidates.narrowed()).isTrue();

    candidates.widen(0.53f);
    assertThat(candidates.rows()).hasSizeBetween(199, 201);
    candidates.widen(Float.NEGATIVE_INFINITY);
    assertThat(candidates.rows()).hasSize(500);
    assertThat(candidates.least()).isEqualTo(0.5f);
  }

  @Test
  void expectsNoMoreOfFewThanThatTheyAreHeld() {
    reset(10, Float.NEGATIVE_INFINITY);
    candidates.offer(all(0.6f), 12, 0);
    candidates.narrow();
    assertThat(candidates.narrowed()).isFalse();
    assertThat(candidates.rows()).hasSize(12);
    assertThat(candidates.complete(3)).isTrue();
  }

  @Test
  void theThresholdRisesButLosesNoneOfTheBest() {
    Random random = new Random(6);
    float[] scores = new float[200 * 1024];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) random.nextGaussian();
    }
    reset(10, Float.NEGATIVE_INFINITY);
    for (int first = 0; first < scores.length; first += 1024) {
      float[] upper = new float[1024];
      for (int i = 0; i < 1024; i++) {
        upper[i] = scores[first + i] + ERROR;
      }
      candidates.offer(upper, 1024, first);
    }
    int[] best =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted((a, b) -> Float.compare(scores[b], scores[a]))
            .limit(10)
            .mapToInt(Integer::intValue)
            .toArray();
    assertThat(candidates.rows()).contains(best).isSorted();
    assertThat(candidates.count()).isLessThan(2000);
    float tenth = scores[best[9]];
    assertThat(candidates.scoreAt(10)).isLessThanOrEqualTo(tenth).isGreaterThan(tenth - 0.2f);
  }
}
