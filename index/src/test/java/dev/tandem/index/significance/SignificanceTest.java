package dev.tandem.index.significance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The tests against SciPy 1.17.1 and statsmodels. With the arrays below as {@code a} and {@code b}:
 *
 * <pre>{@code
 * r = scipy.stats.ttest_rel(b, a); r.statistic, r.df, r.pvalue, r.confidence_interval(.95)
 * scipy.stats.permutation_test((b, a), lambda x, y, axis: np.mean(x - y, axis=axis),
 *     permutation_type='samples', n_resamples=np.inf).pvalue  # all 2^14 sign assignments
 * statsmodels.stats.multitest.multipletests(p, method='holm')[1]
 * }</pre>
 */
class SignificanceTest {

  private static final double[] A = {
    0.0742, 0.0581, 0.0322, 0.7557, 0.3837, 0.2238, 0.2306, 0.5991, 0.2439, 0.0893, 0.6604, 0.1865,
    0.7747, 0.1283
  };
  private static final double[] B = {
    0.0, 0.2727, 0.0399, 0.7557, 0.5354, 0.3531, 0.4077, 0.6699, 0.2915, 0.0893, 0.5909, 0.3822,
    0.7317, 0.0271
  };
  private static final double EXACT = 0.1005859375;

  private static double[] differences() {
    return new PairedValues(Arrays.asList("abcdefghijklmn".split("")), A, B).differences();
  }

  @Test
  void pairedTTestAgreesWithScipy() {
    PairedTTest test = PairedTTest.of(differences());
    assertThat(test.t()).isCloseTo(1.7607207427972602, within(1e-12));
    assertThat(test.degreesOfFreedom()).isEqualTo(13);
    assertThat(test.p()).isCloseTo(0.10177474701611736, within(1e-10));
    assertThat(test.low()).isCloseTo(-0.011455991082518241, within(1e-9));
    assertThat(test.high()).isCloseTo(0.1123988482253754, within(1e-9));
  }

  @Test
  void pairedTTestOfEqualRunsFindsNothing() {
    assertThat(PairedTTest.of(new double[5]).p()).isEqualTo(1);
    assertThat(PairedTTest.of(new double[] {0.5}).p()).isEqualTo(1);
  }

  @Test
  void pairedTTestOfOneAndTheSameDifferenceIsCertain() {
    PairedTTest test = PairedTTest.of(new double[] {-0.25, -0.25, -0.25});
    assertThat(test.t()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(test.p()).isZero();
  }

  @Test
  void randomizationTestComesNearScipysExactOne() {
    // Four standard deviations of a share of 100,000 draws at p = .1 are .0038.
    for (long seed = 1; seed <= 3; seed++) {
      assertThat(new RandomizationTest(100_000, seed).p(differences()))
          .isCloseTo(EXACT, within(0.0038));
    }
  }

  @Test
  void randomizationTestIsTwoSidedAndRepeatable() {
    double[] reversed = Arrays.stream(differences()).map(d -> -d).toArray();
    RandomizationTest test = new RandomizationTest(10_000, 7);
    assertThat(test.p(reversed)).isEqualTo(test.p(differences()));
    assertThat(new RandomizationTest(10_000, 8).p(differences())).isNotEqualTo(test.p(reversed));
  }

  @Test
  void randomizationTestIsNeverZero() {
    // 1 of 2^99 assignments is as extreme: none of those drawn will be.
    double[] differences = new double[100];
    Arrays.fill(differences, 0.1);
    assertThat(new RandomizationTest(999, 1).p(differences)).isEqualTo(0.001);
  }

  @Test
  void randomizationTestCountsSumsThatDifferByRoundingAsEqual() {
    // .1 + .2 + .3 in another order is not the same double. With these, 2 of the 8 assignments are
    // as extreme as the observed one whatever the order of summation: p is near .25, not .125.
    double[] differences = {0.1, 0.2, 0.3};
    assertThat(new RandomizationTest(20_000, 1).p(differences)).isCloseTo(0.25, within(0.013));
  }

  @Test
  void randomizationTestOfEqualRunsFindsNothing() {
    assertThat(new RandomizationTest(100, 1).p(new double[4])).isEqualTo(1);
  }

  @Test
  void refusesNoPermutations() {
    assertThatThrownBy(() -> new RandomizationTest(0, 1)).hasMessageContaining("got 0");
  }

  @Test
  void holmAgreesWithStatsmodels() {
    double[] p = {0.011, 0.04, 0.002, 0.04, 0.3, 0.9, 0.0004};
    assertThat(HolmCorrection.adjust(p))
        .containsExactly(
            new double[] {0.05499999999999999, 0.16, 0.012, 0.16, 0.6, 0.9, 0.0028}, within(1e-15));
  }

  @Test
  void refusesValuesThatArePairedWrongly() {
    assertThatThrownBy(() -> new PairedValues(List.of("q"), A, B))
        .hasMessageContaining("1 queries, 14 and 14 values");
  }
}
