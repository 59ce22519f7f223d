package dev.tandem.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.search.ExactSearcher;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPartException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.hnsw.DefaultFlatVectorScorer;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HnswIndexTest {

  private static final int ROWS = 3000;
  private static final int DIMENSION = 37;
  private static final int QUERIES = 40;

  /** Vectors around some centres, of different lengths, so that no product is a cosine. */
  private static float[][] clustered(int rows, int dimension, long seed) {
    Random random = new Random(seed);
    float[][] centres = new float[30][dimension];
    for (float[] centre : centres) {
      for (int i = 0; i < dimension; i++) {
        centre[i] = (float) random.nextGaussian();
      }
    }
    float[][] vectors = new float[rows][dimension];
    for (float[] vector : vectors) {
      float[] centre = centres[random.nextInt(centres.length)];
      float length = 0.5f + random.nextFloat();
      for (int i = 0; i < dimension; i++) {
        vector[i] = length * (centre[i] + 0.7f * (float) random.nextGaussian());
      }
    }
    return vectors;
  }

  private static LoadedPart part(int rows) {
    VectorMatrix vectors = VectorMatrix.copyOf(clustered(rows, DIMENSION, 1), DIMENSION);
    return new LoadedPart(
        vectors, PassageIds.of(IntStream.range(0, rows).mapToObj(i -> "p" + i).toList()));
  }

  private static HnswSettings settings(HnswSettings.Encoding encoding) {
    return new HnswSettings(16, 100, 42, encoding);
  }

  private static double recall(PartHits exact, PartHits found, int k) {
    int hits = 0;
    for (int q = 0; q < exact.queries(); q++) {
      Set<Integer> rows = new HashSet<>();
      for (int r = 0; r < k; r++) {
        rows.add(exact.row(q, r));
      }
      for (int r = 0; r < k; r++) {
        hits += rows.contains(found.row(q, r)) ? 1 : 0;
      }
    }
    return hits / (double) (k * exact.queries());
  }

  @ParameterizedTest
  @EnumSource(HnswSettings.Encoding.class)
  void findsNearlyAllWithExactScoresInExactOrder(HnswSettings.Encoding encoding) {
    try (LoadedPart part = part(ROWS);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(QUERIES, DIMENSION, 2), DIMENSION);
        ExactSearcher exact = new ExactSearcher(part)) {
      HnswIndex index = HnswIndex.build(part, settings(encoding));
      PartHits expected = exact.search(queries, ROWS);
      PartHits found = index.search(queries, 20, 200);
      assertThat(recall(expected, found, 10)).isGreaterThan(0.95);
      for (int q = 0; q < QUERIES; q++) {
        assertThat(found.count(q)).isEqualTo(20);
        int at = 0;
        for (int r = 0; r < 20; r++) {
          // In the order of the exact ranking, with its very scores.
          while (expected.row(q, at) != found.row(q, r)) {
            at++;
          }
          assertThat(found.score(q, r)).isEqualTo(expected.score(q, at));
        }
      }
      assertThat(index.graph().size()).isEqualTo(ROWS);
      // Short vectors are near to nobody by inner product, so that few or none lead to them.
      assertThat(index.graph().disconnected()).isLessThan(ROWS / 10);
      // Looking at all that can be reached finds all that anyone asks for.
      assertThat(recall(expected, index.search(queries, 10, ROWS), 10)).isGreaterThan(0.99);
    }
  }

  /**
   * From a share so small that all accepted rows are scored, past where a walk gives up, to one
   * where the graph is walked to its end.
   */
  @ParameterizedTest
  @CsvSource({"0.003, FLOAT32", "0.05, FLOAT32", "0.3, FLOAT32", "0.9, FLOAT32", "0.3, INT8"})
  void findsAcceptedRowsAloneAndNearlyAllOfThem(double share, HnswSettings.Encoding encoding) {
    Random random = new Random(12);
    BitSet accepted = new BitSet();
    for (int row = 0; row < ROWS; row++) {
      accepted.set(row, random.nextDouble() < share);
    }
    BitSet others = new BitSet();
    others.set(0, ROWS);
    others.andNot(accepted);
    int kept = accepted.cardinality();
    try (LoadedPart part = part(ROWS);
        LoadedPart some = part.without(others);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(QUERIES, DIMENSION, 2), DIMENSION);
        ExactSearcher exact = new ExactSearcher(some)) {
      HnswIndex index = HnswIndex.build(part, settings(encoding));
      PartHits expected = exact.search(queries, 20);
      PartHits found = index.search(queries, 20, 100, Optional.of(accepted));
      int hits = 0;
      for (int q = 0; q < QUERIES; q++) {
        assertThat(found.count(q)).isEqualTo(Math.min(20, kept));
        Set<String> best = new HashSet<>();
        for (int r = 0; r < expected.count(q); r++) {
          best.add(some.ids().get(expected.row(q, r)));
        }
        for (int r = 0; r < found.count(q); r++) {
          assertThat(accepted.get(found.row(q, r))).isTrue();
          hits += best.contains(part.ids().get(found.row(q, r))) ? 1 : 0;
        }
      }
      double recall = hits / (double) (QUERIES * Math.min(20, kept));
      // Up to ef rows and where a walk would visit more than are accepted, the search is exact.
      assertThat(recall).isGreaterThanOrEqualTo(share < 0.04 ? 1.0 : 0.95);
    }
  }

  @Test
  void whereTheGraphDoesNotReachTheAcceptedRowsAllAreScored() {
    // Two halves without a way from one to the other; a search starts in the first.
    int rows = 400;
    int[] starts = new int[rows + 1];
    int[] neighbours = new int[2 * rows];
    for (int row = 0; row < rows; row++) {
      int half = row / 200 * 200;
      neighbours[2 * row] = half + (row + 1) % 200;
      neighbours[2 * row + 1] = half + (row + 199) % 200;
      Arrays.sort(neighbours, 2 * row, 2 * row + 2);
      starts[row + 1] = 2 * row + 2;
    }
    NeighbourGraph graph =
        new NeighbourGraph(
            0, new NeighbourGraph.Level[] {new NeighbourGraph.Level(null, starts, neighbours)});
    assertThat(graph.disconnected()).isEqualTo(200);
    BitSet accepted = new BitSet();
    accepted.set(195, 400);
    try (LoadedPart part = part(rows);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(3, DIMENSION, 2), DIMENSION)) {
      HnswIndex index = HnswIndex.of(part, graph, HnswSettings.Encoding.FLOAT32);
      PartHits found = index.search(queries, 100, 100, Optional.of(accepted));
      for (int q = 0; q < 3; q++) {
        assertThat(found.count(q)).isEqualTo(100);
      }
    }
  }

  @Test
  void vectorsOfOneLengthAreAllWithinReach() {
    float[][] vectors = clustered(1500, DIMENSION, 9);
    for (float[] vector : vectors) {
      double norm = 0;
      for (float component : vector) {
        norm += component * component;
      }
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= (float) Math.sqrt(norm);
      }
    }
    PassageIds ids = PassageIds.of(IntStream.range(0, 1500).mapToObj(i -> "p" + i).toList());
    try (LoadedPart part = new LoadedPart(VectorMatrix.copyOf(vectors, DIMENSION), ids)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32));
      assertThat(index.graph().disconnected()).isLessThan(8);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 40})
  void smallPartsAreFoundWhole(int rows) {
    try (LoadedPart part = part(rows);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(3, DIMENSION, 2), DIMENSION);
        ExactSearcher exact = new ExactSearcher(part)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32));
      PartHits found = index.search(queries, 100, 1);
      PartHits expected = exact.search(queries, 100);
      for (int q = 0; q < 3; q++) {
        assertThat(found.count(q)).isEqualTo(rows);
        for (int r = 0; r < rows; r++) {
          assertThat(found.row(q, r)).isEqualTo(expected.row(q, r));
        }
      }
    }
  }

  @Test
  void equalScoresAreOrderedById() {
    float[][] same = new float[50][DIMENSION];
    for (float[] vector : same) {
      Arrays.fill(vector, 0.25f);
    }
    PassageIds ids = PassageIds.of(IntStream.range(0, 50).mapToObj(i -> "p" + i * 7 % 50).toList());
    try (LoadedPart part = new LoadedPart(VectorMatrix.copyOf(same, DIMENSION), ids);
        ExactSearcher exact = new ExactSearcher(part)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32));
      try (VectorMatrix query = VectorMatrix.copyOf(new float[][] {same[0]}, DIMENSION)) {
        PartHits expected = exact.search(query, 50);
        PartHits found = index.search(query, 50, 50);
        assertThat(found.count(0)).isGreaterThan(10);
        int at = 0;
        for (int r = 0; r < found.count(0); r++) {
          while (expected.row(0, at) != found.row(0, r)) {
            at++;
          }
        }
      }
    }
  }

  @Test
  void anEmptyPartHasNothing() {
    try (LoadedPart part = part(0);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(2, DIMENSION, 2), DIMENSION)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.INT8));
      assertThat(index.search(queries, 5, 5).count(1)).isZero();
      assertThat(index.graph().disconnected()).isZero();
    }
  }

  @Test
  void aGraphIsReadAsItWasWritten() throws IOException {
    try (LoadedPart part = part(ROWS);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(QUERIES, DIMENSION, 2), DIMENSION)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32));
      byte[] file = written(index);
      assertThat(written(HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32))))
          .as("built again")
          .isEqualTo(file);
      NeighbourGraph read = GraphFile.read(file, ROWS, "g.hnsw");
      assertThat(read.connections()).isEqualTo(index.graph().connections());
      HnswIndex again = HnswIndex.of(part, read, HnswSettings.Encoding.FLOAT32);
      PartHits a = index.search(queries, 50, 50);
      PartHits b = again.search(queries, 50, 50);
      for (int q = 0; q < QUERIES; q++) {
        for (int r = 0; r < 50; r++) {
          assertThat(b.row(q, r)).isEqualTo(a.row(q, r));
        }
      }
      refused(Arrays.copyOf(file, file.length - 5), ROWS, "its CRC-32C differs");
      refused(new byte[3], ROWS, "it has 3 bytes");
      refused(file, ROWS - 1, "it has 3000 nodes, the part 2999 vectors");
      byte[] flipped = file.clone();
      flipped[file.length / 2] ^= 4;
      refused(flipped, ROWS, "its CRC-32C differs");
      byte[] newer = file.clone();
      newer[7] = 9;
      refused(newer, ROWS, "unknown layout 9");
      byte[] other = file.clone();
      other[0] = 0;
      refused(other, ROWS, "is no graph");
    }
  }

  private static byte[] written(HnswIndex index) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    GraphFile.write(index.graph(), out);
    return out.toByteArray();
  }

  private static void refused(byte[] file, int nodes, String message) {
    assertThatThrownBy(() -> GraphFile.read(file, nodes, "g.hnsw"))
        .isInstanceOf(VectorPartException.class)
        .hasMessageContaining("g.hnsw")
        .hasMessageContaining(message);
  }

  @Test
  void nodesOutOfReachAreCounted() {
    // 0 and 1 know each other, 2 knows both and nobody knows it, 3 stands alone.
    NeighbourGraph.Level level =
        new NeighbourGraph.Level(null, new int[] {0, 1, 2, 4, 4}, new int[] {1, 0, 0, 1});
    assertThat(new NeighbourGraph(0, new NeighbourGraph.Level[] {level}).disconnected())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 31, 32, 33, 384, 400})
  void scorersAgreeWithPlainSums(int dimension) throws IOException {
    float[][] vectors = clustered(9, dimension, 5);
    float[] query = clustered(1, dimension, 6)[0];
    try (VectorMatrix matrix = VectorMatrix.copyOf(vectors, dimension)) {
      FloatVectors values = new FloatVectors(matrix);
      RandomVectorScorer lucene =
          DefaultFlatVectorScorer.INSTANCE.getRandomVectorScorer(
              VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT, values, query);
      RandomVectorScorer ours =
          new SimdVectorsScorer()
              .getRandomVectorScorer(
                  VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT, values.copy(), query);
      byte[] rounded = new byte[dimension];
      Int8Vectors.round(query, rounded, 0);
      Int8Vectors all = Int8Vectors.of(matrix);
      for (int row = 0; row < 9; row++) {
        assertThat(ours.score(row)).isCloseTo(lucene.score(row), within(1e-4f * lucene.score(row)));
        int expected = 0;
        double largest = 0;
        for (int i = 0; i < dimension; i++) {
          expected += rounded[i] * all.components()[row * dimension + i];
          largest = Math.max(largest, Math.abs(vectors[row][i] - all.mean()[i]));
        }
        assertThat(Int8Scorer.product(rounded, all.components(), row * dimension))
            .isEqualTo(expected);
        for (int i = 0; i < dimension; i++) {
          assertThat(all.restored(row)[i])
              .isCloseTo(vectors[row][i], within((float) (largest / 127 / 1.99) + 1e-6f));
        }
      }
    }
  }

  @Test
  void queriesOfAnotherDimensionAreRefused() {
    try (LoadedPart part = part(3);
        VectorMatrix queries = VectorMatrix.copyOf(clustered(2, 8, 2), 8)) {
      HnswIndex index = HnswIndex.build(part, settings(HnswSettings.Encoding.FLOAT32));
      assertThatThrownBy(() -> index.search(queries, 5, 5))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("queries have 8 components, passages 37");
    }
  }
}
