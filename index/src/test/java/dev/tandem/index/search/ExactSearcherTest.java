package dev.tandem.index.search;

import static dev.tandem.index.search.TestSearches.gaussian;
import static dev.tandem.index.search.TestSearches.ids;
import static dev.tandem.index.search.TestSearches.rankings;
import static dev.tandem.index.search.TestSearches.scan;
import static dev.tandem.index.search.TestSearches.search;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search gives what brute force gives, to the bit and in the same order. */
class ExactSearcherTest {

  @ParameterizedTest
  @CsvSource({
    // rows, dimension, queries, k
    "0, 8, 3, 5",
    "1, 1, 1, 1",
    "7, 3, 2, 10",
    "100, 16, 1, 100",
    "2047, 13, 5, 10",
    "2049, 384, 3, 1000",
    "6000, 24, 150, 100",
    "9000, 48, 20, 1",
    "20000, 17, 9, 1000",
    "60000, 5, 3, 10",
    "70000, 8, 40, 900",
    "5000, 40, 300, 30",
    "1030, 1000, 2, 7",
  })
  void findsWhatBruteForceFinds(int rows, int dimension, int queries, int k) {
    Random random = new Random(rows * 31L + dimension);
    assertSameAsBruteForce(
        gaussian(random, rows, dimension), gaussian(random, queries, dimension), k);
  }

  @Test
  void manyTiesAreOrderedByIdDescending() {
    // Components of -1, 0 and 1 give few different scores, each by hundreds of passages.
    Random random = new Random(5);
    float[][] vectors = new float[5000][6];
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = random.nextInt(3) - 1;
      }
    }
    assertSameAsBruteForce(vectors, gaussian(random, 10, 6), 100);
    float[][] whole = {{1, -1, 0, 1, 1, 0}, {0, 0, 0, 0, 0, 0}, {-1, 0, 0, 0, 0, 0}};
    assertSameAsBruteForce(vectors, whole, 100);
  }

  @Test
  void identicalVectorsAreOrderedByIdDescending() {
    float[][] vectors = new float[9000][];
    Arrays.fill(vectors, new float[] {0.1f, 0.7f, -0.3f});
    assertSameAsBruteForce(vectors, new float[][] {{0.3f, 0.3f, 0.3f}, {-1, 0, 0}}, 20);
  }

  @Test
  void scoresCloserThanSinglePrecisionSumsCanTellAreRightlyOrdered() {
    // Large components cancel, so that the difference between passages drowns in a float sum.
    Random random = new Random(17);
    float[][] vectors = new float[8000][64];
    for (float[] vector : vectors) {
      for (int i = 0; i < 64; i += 2) {
        float large = 100 + random.nextFloat();
        vector[i] = large;
        vector[i + 1] = -large + random.nextFloat() * 1e-4f;
      }
    }
    float[] ones = new float[64];
    Arrays.fill(ones, 1);
    assertSameAsBruteForce(vectors, new float[][] {ones}, 50);
  }

  @Test
  void aSampleThatMisleadsIsNotTrusted() {
    // Every sampled row scores high for the query and hardly any other one does.
    int rows = 8192;
    float[][] vectors = new float[rows][2];
    int distance = rows / 256;
    for (int row = 0; row < rows; row++) {
      vectors[row][0] = row % distance == 0 ? 10 + row * 1e-5f : row * 1e-6f;
      vectors[row][1] = 1;
    }
    assertSameAsBruteForce(vectors, new float[][] {{1, 0}, {0.5f, 0}, {1, 1}}, 300);
  }

  @Test
  void scoresAtTheEndOfTheirBoundsAreFoundAllTheSame() {
    // Rounding takes nearly half a level of each component, all in the query's direction, so that
    // all scores lie far below the middle of their bounds, or above it.
    Random random = new Random(29);
    float level = 1f / 127;
    float[][] vectors = new float[9000][64];
    for (float[] vector : vectors) {
      vector[0] = 1;
      for (int i = 1; i < vector.length; i++) {
        vector[i] = level * (random.nextInt(21) - 10 - 0.45f);
      }
    }
    float[] ones = new float[64];
    Arrays.fill(ones, 1);
    float[] minusOnes = new float[64];
    Arrays.fill(minusOnes, -1);
    assertSameAsBruteForce(vectors, new float[][] {ones, minusOnes}, 5);
    assertSameAsBruteForce(vectors, new float[][] {ones, minusOnes}, 300);
  }

  @Test
  void passagesInOrderOfTheirScoresAreNoProblem() {
    float[][] rising = new float[10_000][1];
    float[][] falling = new float[10_000][1];
    for (int row = 0; row < rising.length; row++) {
      rising[row][0] = row - 5000;
      falling[row][0] = 5000 - row;
    }
    float[][] queries = {{1}, {-1}, {0}};
    assertSameAsBruteForce(rising, queries, 10);
    assertSameAsBruteForce(falling, queries, 1000);
  }

  @Test
  void tinyNumbersAreNotLost() {
    float[][] vectors = new float[2000][4];
    Random random = new Random(3);
    for (float[] vector : vectors) {
      for (int i = 0; i < 4; i++) {
        vector[i] = (float) (random.nextGaussian() * 1e-30);
      }
    }
    assertSameAsBruteForce(vectors, new float[][] {{1e-8f, 2e-8f, -1e-9f, 0}}, 10);
  }

  @Test
  void rowsOfVeryDifferentLengthsAreEachBoundedByTheirOwn() {
    Random random = new Random(51);
    float[][] vectors = gaussian(random, 6000, 40);
    for (int row = 0; row < vectors.length; row++) {
      scale(vectors[row], (float) Math.pow(10, row % 23 - 18));
    }
    float[][] queries = gaussian(random, 5, 40);
    scale(queries[1], 1e-12f);
    scale(queries[2], 1e20f);
    assertSameAsBruteForce(vectors, queries, 200);
  }

  @Test
  void largeComponentsDoNotHideTheSmallOnesThatDecide() {
    // Rounded to eight bits in steps of the large component, all the others are zero.
    Random random = new Random(52);
    float[][] vectors = gaussian(random, 9000, 33);
    for (float[] vector : vectors) {
      vector[7] = 1000;
    }
    float[][] queries = gaussian(random, 4, 33);
    queries[0][7] = 0;
    queries[1][7] = 1e4f;
    assertSameAsBruteForce(vectors, queries, 100);
  }

  @Test
  void scoresThatRoundedVectorsCannotTellApartAreRightlyOrdered() {
    Random random = new Random(53);
    float[] centre = gaussian(random, 1, 64)[0];
    float[][] vectors = gaussian(random, 7000, 64);
    for (float[] vector : vectors) {
      scale(vector, 1e-5f);
      for (int i = 0; i < vector.length; i++) {
        vector[i] += centre[i];
      }
    }
    assertSameAsBruteForce(vectors, gaussian(random, 3, 64), 500);
  }

  @Test
  void negativeScoresAndZeroVectorsAreRanked() {
    Random random = new Random(54);
    float[][] vectors = gaussian(random, 4500, 20);
    for (int row = 0; row < vectors.length; row++) {
      for (int i = 0; i < 20; i++) {
        vectors[row][i] = row % 9 == 0 ? 0 : -Math.abs(vectors[row][i]);
      }
    }
    float[][] queries = new float[3][20];
    Arrays.fill(queries[0], 1);
    queries[2] = vectors[1].clone();
    assertSameAsBruteForce(vectors, queries, 700);
  }

  @Test
  void numbersBelowTheNormalOnesAndNearTheLargestAreBounded() {
    Random random = new Random(55);
    for (float size :
        new float[] {Float.MIN_VALUE, 1e-43f, 1e-40f, 1e-22f, 0x1p56f, 1e29f, 1e33f}) {
      float[][] vectors = gaussian(random, 3000, 18);
      float[][] queries = gaussian(random, 4, 18);
      for (float[] vector : vectors) {
        scale(vector, size);
      }
      scale(queries[1], 1e-41f);
      scale(queries[2], size > 1 ? 1e-6f : 1e33f);
      assertSameAsBruteForce(vectors, queries, 50);
    }
  }

  @Test
  void fewQueriesAndManyGiveTheSame() {
    Random random = new Random(56);
    float[][] vectors = gaussian(random, 5000, 48);
    int block = CoarseProducts.QUERIES;
    float[][] queries = gaussian(random, block + 24, 48);
    PassageIds ids = ids(vectors.length);
    List<List<RankedPassage>> all = rankings(search(vectors, ids, queries, 30, 1));
    for (int query : new int[] {0, 17, block - 1, block, block + 23}) {
      assertThat(rankings(search(vectors, ids, new float[][] {queries[query]}, 30, 1)))
          .containsExactly(all.get(query));
    }
  }

  @Test
  void noQueriesGiveNoHits() {
    try (VectorMatrix vectors = VectorMatrix.copyOf(new float[][] {{1, 2}}, 2);
        VectorMatrix queries = VectorMatrix.allocate(0, 2);
        ExactSearcher searcher = new ExactSearcher(vectors, PassageIds.of("a"))) {
      assertThat(searcher.search(queries, 3).queries()).isZero();
      assertThat(searcher.search(queries, 3, 2).queries()).isZero();
    }
  }

  @Test
  void theWayACollectionIsSplitDoesNotShow() {
    Random random = new Random(23);
    float[][] vectors = gaussian(random, 7001, 31);
    // Some duplicates, so that ties fall on both sides of a cut.
    for (int i = 0; i < 500; i++) {
      vectors[random.nextInt(vectors.length)] = vectors[random.nextInt(vectors.length)];
    }
    float[][] queries = gaussian(random, 12, 31);
    PassageIds ids = ids(vectors.length);
    List<List<RankedPassage>> whole = rankings(search(vectors, ids, queries, 60, 1));
    for (int[] cuts :
        new int[][] {{0, 7001}, {0, 1, 7001}, {0, 3000, 3000, 7001}, {0, 900, 5000, 7001}}) {
      List<SearchHits> parts = new ArrayList<>();
      for (int c = 0; c + 1 < cuts.length; c++) {
        List<String> names = new ArrayList<>();
        for (int row = cuts[c]; row < cuts[c + 1]; row++) {
          names.add(ids.get(row));
        }
        parts.add(
            search(
                Arrays.copyOfRange(vectors, cuts[c], cuts[c + 1]),
                PassageIds.of(names),
                queries,
                60,
                1));
      }
      assertThat(rankings(HitMerger.merge(parts, 60))).isEqualTo(whole);
      // In steps and the other way round.
      Collections.reverse(parts);
      SearchHits merged = parts.get(0);
      for (SearchHits part : parts.subList(1, parts.size())) {
        merged = HitMerger.merge(List.of(merged, part), 60);
      }
      assertThat(rankings(merged)).isEqualTo(whole);
    }
  }

  @Test
  void threadsGiveTheSameResult() {
    Random random = new Random(29);
    float[][] vectors = gaussian(random, 5000, 20);
    float[][] queries = gaussian(random, 3 * CoarseProducts.QUERIES + 301, 20);
    PassageIds ids = ids(vectors.length);
    List<List<RankedPassage>> one = rankings(search(vectors, ids, queries, 40, 1));
    assertThat(rankings(search(vectors, ids, queries, 40, 3))).isEqualTo(one);
  }

  /** Bounds of rounded vectors exceed the product of the lengths more than fourfold here. */
  @Test
  void boundsOfTheLongestVectorsAreFinite() {
    Random random = new Random(71);
    float[][] vectors = new float[40][];
    for (int row = 0; row < vectors.length; row++) {
      vectors[row] = badlyRounded(random, 1e19);
    }
    double norm = ExactScore.norm(vectors[0], vectors[0].length);
    // Below the limit, bounds do not overflow; where they could, the search is refused.
    assertSameAsBruteForce(
        vectors, new float[][] {badlyRounded(random, Float.MAX_VALUE / 8.1 / 1e19)}, 5);
    assertThat(norm).isBetween(0.9999e19, 1.0001e19);
    assertThatThrownBy(
            () ->
                search(
                    vectors, new float[][] {badlyRounded(random, Float.MAX_VALUE / 4.2 / 1e19)}, 5))
        .hasMessageContaining("could exceed what a float can hold");
  }

  /** Nearly every component is rounded up by half a step. */
  private static float[] badlyRounded(Random random, double length) {
    float[] vector = new float[Int8Gemm.LONGEST];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i == 0 ? 127 : random.nextInt(100) == 0 ? 0 : 0.501f;
    }
    scale(vector, (float) (length / ExactScore.norm(vector, vector.length)));
    return vector;
  }

  @Test
  void queriesWhoseErrorsAreNoFloatsAreRefused() {
    float[] longest = new float[1 << 16];
    Arrays.fill(longest, Float.MAX_VALUE);
    float[][] zero = {new float[longest.length], new float[longest.length]};
    assertThatThrownBy(() -> search(zero, new float[][] {longest}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("query 0 has length 8.7")
        .hasMessageContaining("scale it down");
  }

  @Test
  void blocksHaveFewerQueriesAtGreatDepth() {
    assertThat(BlockSearch.queriesAtOnce(1000, 10_000_000)).isEqualTo(CoarseProducts.QUERIES);
    assertThat(BlockSearch.queriesAtOnce(100_000, 10_000_000)).isEqualTo(6);
    assertThat(BlockSearch.queriesAtOnce(100_000, 1000)).isEqualTo(CoarseProducts.QUERIES);
    assertThat(BlockSearch.queriesAtOnce(Integer.MAX_VALUE, Integer.MAX_VALUE)).isEqualTo(1);
    assertThat(BlockSearch.queriesAtOnce(5, 0)).isEqualTo(CoarseProducts.QUERIES);

    int rows = 20_000;
    int count = 211;
    assertThat(BlockSearch.queriesAtOnce(rows, rows)).isLessThan(count);
    Random random = new Random(72);
    float[][] vectors = gaussian(random, rows, 3);
    float[][] queries = gaussian(random, count, 3);
    SearchHits all = search(vectors, queries, rows);
    for (int query : new int[] {0, 208, 209, 210}) {
      assertThat(all.ranking(query))
          .hasSize(rows)
          .isEqualTo(
              scan(vectors, new float[][] {queries[query]}, rows, Optional.empty()).ranking(0));
    }
  }

  @Test
  void refusesWhatCannotBeSearched() {
    float nan = Float.NaN;
    float infinite = Float.POSITIVE_INFINITY;
    assertThatThrownBy(() -> search(new float[][] {{1, 0}, {nan, 0}}, new float[][] {{1, 1}}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the vector of passage 'p1' (row 1) has a component that is NaN or infinite");
    assertThatThrownBy(() -> search(new float[][] {{infinite, 0}}, new float[][] {{1, 1}}, 1))
        .hasMessageContaining("'p0' (row 0)");
    assertThatThrownBy(() -> search(new float[][] {{1, 0}}, new float[][] {{1, 1}, {0, nan}}, 1))
        .hasMessage("query 1 has a component that is NaN or infinite");
    assertThatThrownBy(() -> search(new float[][] {{1e30f, 0}}, new float[][] {{1e10f, 1}}, 1))
        .hasMessageContaining("could exceed what a float can hold");
    assertThatThrownBy(() -> search(new float[][] {{1, 0}}, new float[][] {{1, 0}}, 0))
        .hasMessage("k must be positive, got 0");
    assertThatThrownBy(
            () -> search(new float[][] {{1, 0}}, ids(1), new float[][] {{1, 0, 0}}, 1, 1))
        .hasMessageContaining("queries have 3 components, passages 2");
    assertThatThrownBy(() -> search(new float[][] {{1, 0}}, ids(2), new float[][] {{1, 0}}, 1, 1))
        .hasMessage("1 vectors but 2 passage ids");
  }

  private static void assertSameAsBruteForce(float[][] vectors, float[][] queries, int k) {
    PassageIds ids = ids(vectors.length);
    List<List<RankedPassage>> expected = new ArrayList<>();
    for (float[] query : queries) {
      List<RankedPassage> all = new ArrayList<>();
      for (int row = 0; row < vectors.length; row++) {
        float score = bruteForceScore(query, vectors[row]);
        all.add(new RankedPassage(ids.get(row), score));
      }
      all.sort(RankedPassage.RANKING);
      expected.add(all.subList(0, Math.min(k, all.size())));
    }
    for (SearchCompute compute : SearchCompute.values()) {
      assertThat(rankings(search(vectors, ids, queries, k, 1, compute)))
          .as("multiplying %s", compute)
          .isEqualTo(expected);
    }
    assertThat(rankings(scan(vectors, queries, k, Optional.empty()))).isEqualTo(expected);
  }

  private static void scale(float[] vector, float factor) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= factor;
    }
  }

  private static float bruteForceScore(float[] query, float[] passage) {
    double[] widened = new double[query.length];
    for (int i = 0; i < query.length; i++) {
      widened[i] = query[i];
    }
    return ExactScore.scoreByScalars(widened, passage, 0);
  }
}
