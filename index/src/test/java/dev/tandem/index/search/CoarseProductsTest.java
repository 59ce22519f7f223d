package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import java.util.Collections;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exact scores lie within the bounds of coarse products, for every pair of vectors. */
class CoarseProductsTest {

  private static final int ROWS = 1500;
  private static final int QUERIES = 20;

  @ParameterizedTest
  @CsvSource({
    "float32, 1, plain",
    "float32, 13, plain",
    "float32, 384, plain",
    "float32, 1000, plain",
    "float32, 70, aligned",
    "float32, 384, aligned",
    "float32, 70, peaked",
    "float32, 70, minute",
    "float32, 70, huge",
    "float32, 70, mixed",
    "float32, 70, halves",
    "int8, 1, plain",
    "int8, 13, plain",
    "int8, 384, plain",
    "int8, 1000, plain",
    "int8, 70, aligned",
    "int8, 384, aligned",
    "int8, 70, peaked",
    "int8, 70, minute",
    "int8, 70, huge",
    "int8, 70, mixed",
    "int8, 70, halves"
  })
  void exactScoresLieWithinTheBounds(String compute, int dimension, String kind) {
    boolean int8 = compute.equals("int8");
    assumeTrue(!int8 || OneDnn.int8(), "this CPU has no fast products of integers");
    Random random = new Random(61);
    float[][] rows = make(random, kind, ROWS, dimension);
    float[][] queries = make(random, kind, QUERIES, dimension);
    queries[3] = new float[dimension];
    rows[5] = new float[dimension];
    try (VectorMatrix rowMatrix = VectorMatrix.copyOf(rows, dimension);
        VectorMatrix queryMatrix = VectorMatrix.copyOf(queries, dimension);
        SearchRows searched =
            new SearchRows(
                rowMatrix,
                PassageIds.of(Collections.nCopies(ROWS, "p")),
                SearchCompute.valueOf(compute.toUpperCase(Locale.ROOT)));
        CoarseProducts products =
            int8 ? new Int8Products(queryMatrix) : new Float32Products(queryMatrix)) {
      // The second query of the matrix is the first of the block.
      products.queries(1, QUERIES - 1);
      float[] upper = new float[CoarseProducts.ROWS];
      for (int from = 0; from < ROWS; from += CoarseProducts.ROWS) {
        int count = Math.min(CoarseProducts.ROWS, ROWS - from);
        products.multiply(searched, from, count);
        for (int q = 0; q < QUERIES - 1; q++) {
          products.upperBounds(q, upper);
          for (int r = 0; r < count; r++) {
            double score = ExactScore.scoreByScalars(wide(queries[q + 1]), rows[from + r], 0);
            double error = products.error(q, searched, from + r);
            assertThat(score)
                .as("query %d, row %d", q + 1, from + r)
                .isLessThanOrEqualTo(upper[r])
                .isGreaterThanOrEqualTo(upper[r] - 2 * error);
          }
        }
      }
    }
  }

  /** Bounds that hold are no help where they are wide: all rows would be looked at one by one. */
  @ParameterizedTest
  @CsvSource({"float32, 384, 1e-4", "float32, 1024, 2e-4", "int8, 384, 0.03", "int8, 1024, 0.03"})
  void boundsOnUnitVectorsAreTight(String compute, int dimension, double widest) {
    boolean int8 = compute.equals("int8");
    assumeTrue(!int8 || OneDnn.int8(), "this CPU has no fast products of integers");
    Random random = new Random(62);
    float[][] rows = unit(make(random, "plain", 300, dimension));
    float[][] queries = unit(make(random, "plain", QUERIES, dimension));
    try (VectorMatrix rowMatrix = VectorMatrix.copyOf(rows, dimension);
        VectorMatrix queryMatrix = VectorMatrix.copyOf(queries, dimension);
        SearchRows searched =
            new SearchRows(
                rowMatrix,
                PassageIds.of(Collections.nCopies(300, "p")),
                SearchCompute.valueOf(compute.toUpperCase(Locale.ROOT)));
        CoarseProducts products =
            int8 ? new Int8Products(queryMatrix) : new Float32Products(queryMatrix)) {
      products.queries(0, QUERIES);
      products.multiply(searched, 0, 300);
      float[] upper = new float[CoarseProducts.ROWS];
      for (int q = 0; q < QUERIES; q++) {
        products.upperBounds(q, upper);
        for (int r = 0; r < 300; r++) {
          double score = ExactScore.scoreByScalars(wide(queries[q]), rows[r], 0);
          assertThat(upper[r] - score).isBetween(0.0, widest);
          assertThat((double) products.error(q, searched, r)).isBetween(0.0, widest);
        }
      }
    }
  }

  private static float[][] unit(float[][] vectors) {
    for (float[] vector : vectors) {
      double norm = ExactScore.norm(vector, vector.length);
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= (float) norm;
      }
    }
    return vectors;
  }

  /**
   * Rounded products stay in use where scores are spread as usual, and give way where rounding
   * cannot tell them apart; what is found is the same.
   */
  @ParameterizedTest
  @CsvSource({"1, true", "1e-5, false"})
  void roundedProductsAreUsedWhereTheyPay(float spread, boolean used) {
    assumeTrue(OneDnn.int8(), "this CPU has no fast products of integers");
    int count = 20_000;
    int dimension = 64;
    int k = 100;
    Random random = new Random(63);
    float[] centre = make(random, "plain", 1, dimension)[0];
    float[][] rows = make(random, "plain", count, dimension);
    for (float[] row : rows) {
      for (int i = 0; i < dimension; i++) {
        row[i] = row[i] * spread + (used ? 0 : centre[i]);
      }
    }
    PassageIds ids = PassageIds.of(IntStream.range(0, count).mapToObj(row -> "p" + row).toList());
    try (VectorMatrix vectors = VectorMatrix.copyOf(rows, dimension);
        VectorMatrix queries =
            VectorMatrix.copyOf(make(random, "plain", QUERIES, dimension), dimension);
        VectorMatrix sampled = ScoreSample.rows(vectors);
        SearchRows searched = new SearchRows(vectors, ids, SearchCompute.INT8);
        SearchRows sample = new SearchRows(sampled, ids, SearchCompute.INT8);
        BlockSearch search = new BlockSearch(searched, ids, sample, queries, k, true);
        ExactSearcher plain = new ExactSearcher(vectors, ids, SearchCompute.FLOAT32)) {
      assertThat(search.multipliesRounded()).isTrue();
      HitCollector hits = new HitCollector(QUERIES, k);
      search.run(0, QUERIES, hits);
      assertThat(search.multipliesRounded()).isEqualTo(used);
      SearchHits found = hits.build().withIds(ids);
      SearchHits expected = plain.search(queries, k).withIds(ids);
      for (int query = 0; query < QUERIES; query++) {
        assertThat(found.ranking(query)).hasSize(k).isEqualTo(expected.ranking(query));
      }
    }
  }

  private static double[] wide(float[] query) {
    double[] wide = new double[query.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = query[i];
    }
    return wide;
  }

  private static float[][] make(Random random, String kind, int count, int dimension) {
    float[][] vectors = new float[count][dimension];
    for (int n = 0; n < count; n++) {
      for (int i = 0; i < dimension; i++) {
        float normal = (float) random.nextGaussian();
        vectors[n][i] =
            switch (kind) {
              case "plain" -> normal;
                // All rests have one sign, so that errors add up to nearly the bound.
              case "aligned" -> i == 0 ? 127 : random.nextInt(3) + 0.49f;
              case "halves" -> i == 0 ? 127 : random.nextInt(100) + 0.5f;
              case "peaked" -> i == 3 ? 500 + normal : normal;
              case "minute" ->
                  normal * (n % 3 == 0 ? 7 * Float.MIN_VALUE : n % 3 == 1 ? 1e-38f : 1e-22f);
              case "huge" -> normal * 0x1p56f;
              case "mixed" -> normal * (float) Math.pow(10, n % 31 - 17);
              default -> throw new IllegalArgumentException(kind);
            };
      }
    }
    return vectors;
  }
}
