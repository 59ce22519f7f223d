package dev.tandem.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.VectorMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Search for passages of several vectors against brute force. Components are small whole numbers:
 * scores are whole numbers without any rounding, and many of them are equal.
 */
class PassageSearcherTest {

  private static final int DIMENSION = 5;

  /** A passage: its id and its windows' vectors. */
  private record Passage(String id, int[][] windows) {

    long score(int[] query, Aggregation aggregation) {
      long[] scores = new long[windows.length];
      for (int w = 0; w < windows.length; w++) {
        for (int i = 0; i < DIMENSION; i++) {
          scores[w] += (long) query[i] * windows[w][i];
        }
      }
      return aggregation == Aggregation.MAX
          ? Arrays.stream(scores).max().orElseThrow()
          : Arrays.stream(scores).sum();
    }
  }

  private record Hit(String id, long score) {}

  private static int[] vector(Random random, int largest) {
    return random.ints(DIMENSION, -largest, largest + 1).toArray();
  }

  private static List<Passage> passages(int count, Random random) {
    List<Integer> names = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(names, random);
    List<Passage> passages = new ArrayList<>();
    for (int name : names) {
      int windows = random.nextInt(4) == 0 ? 1 + random.nextInt(9) : 1;
      passages.add(
          new Passage(
              "p" + name,
              IntStream.range(0, windows).mapToObj(w -> vector(random, 2)).toArray(int[][]::new)));
    }
    return passages;
  }

  private static LoadedPart part(List<Passage> passages) {
    List<float[]> rows = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (Passage passage : passages) {
      for (int[] window : passage.windows()) {
        rows.add(floats(window));
        ids.add(passage.id());
      }
    }
    return new LoadedPart(
        VectorMatrix.copyOf(rows.toArray(new float[0][]), DIMENSION), PassageIds.of(ids));
  }

  private static float[] floats(int[] vector) {
    float[] floats = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      floats[i] = vector[i];
    }
    return floats;
  }

  private static VectorMatrix matrix(List<int[]> queries) {
    return VectorMatrix.copyOf(
        queries.stream().map(PassageSearcherTest::floats).toArray(float[][]::new), DIMENSION);
  }

  private static List<Hit> bruteForce(
      List<Passage> passages, int[] query, Aggregation aggregation, int k) {
    return passages.stream()
        .map(passage -> new Hit(passage.id(), passage.score(query, aggregation)))
        .sorted(
            Comparator.comparingLong(Hit::score)
                .reversed()
                .thenComparing(Hit::id, Comparator.reverseOrder()))
        .limit(k)
        .toList();
  }

  private static List<Hit> hits(SearchHits found, int query) {
    return found.ranking(query).stream().map(hit -> new Hit(hit.id(), (long) hit.score())).toList();
  }

  @ParameterizedTest
  @EnumSource
  void findsWhatBruteForceFindsHoweverPassagesAreDivided(Aggregation aggregation) {
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      List<Passage> all = passages(1 + random.nextInt(400), random);
      List<int[]> queries =
          IntStream.range(0, 30).mapToObj(q -> vector(random, 1 + q % 3)).toList();
      int k = 1 + random.nextInt(60);
      int parts = 1 + random.nextInt(4);
      List<SearchHits> found = new ArrayList<>();
      for (int p = 0; p < parts; p++) {
        List<Passage> some = all.subList(all.size() * p / parts, all.size() * (p + 1) / parts);
        try (LoadedPart part = part(some);
            PassageSearcher searcher = new PassageSearcher(part, aggregation);
            VectorMatrix matrix = matrix(queries)) {
          found.add(searcher.search(matrix, k).withIds(part.ids()));
        }
      }
      SearchHits merged = HitMerger.merge(found, k);
      for (int q = 0; q < queries.size(); q++) {
        assertThat(hits(merged, q))
            .as("round %d, query %d", round, q)
            .isEqualTo(bruteForce(all, queries.get(q), aggregation, k));
      }
    }
  }

  @Test
  void aPassageWhoseWindowsAreAllAheadLeavesRoomForTheOthers() {
    List<Passage> all = new ArrayList<>();
    int[][] best = new int[500][];
    Arrays.fill(best, new int[] {9, 0, 0, 0, 0});
    all.add(new Passage("long", best));
    for (int i = 0; i < 100; i++) {
      all.add(new Passage("short" + i, new int[][] {{i % 7, 0, 0, 0, 0}}));
    }
    int[] query = {1, 0, 0, 0, 0};
    try (LoadedPart part = part(all);
        PassageSearcher searcher = new PassageSearcher(part, Aggregation.MAX);
        VectorMatrix matrix = matrix(List.of(query, new int[DIMENSION]))) {
      SearchHits found = searcher.search(matrix, 20).withIds(part.ids());
      assertThat(hits(found, 0)).isEqualTo(bruteForce(all, query, Aggregation.MAX, 20));
      assertThat(hits(found, 1)).isEqualTo(bruteForce(all, new int[5], Aggregation.MAX, 20));
    }
  }

  @ParameterizedTest
  @EnumSource
  void rankingProposedRowsScoresTheirPassagesOverAllTheirRows(Aggregation aggregation) {
    Random random = new Random(8);
    List<Passage> all = passages(300, random);
    int[] query = vector(random, 3);
    try (LoadedPart part = part(all);
        PassageRanking ranking = new PassageRanking(part, aggregation);
        VectorMatrix matrix = matrix(List.of(query))) {
      int[] proposed =
          IntStream.range(0, part.ids().size()).filter(row -> random.nextInt(5) == 0).toArray();
      List<String> of = IntStream.of(proposed).mapToObj(part.ids()::get).toList();
      List<Passage> candidates = all.stream().filter(p -> of.contains(p.id())).toList();
      SearchHits found = ranking.best(matrix, new int[][] {proposed}, 25).withIds(part.ids());
      assertThat(hits(found, 0)).isEqualTo(bruteForce(candidates, query, aggregation, 25));
      assertThat(ranking.rowsFor(300)).isEqualTo(part.ids().size());
    }
  }

  @Test
  void neighbouringRowsOfOneIdAreAPassage() {
    PassageRows rows = PassageRows.of(PassageIds.of("a", "a", "b", "c", "c", "c"));
    assertThat(rows.single()).isFalse();
    assertThat(rows.passages()).isEqualTo(3);
    assertThat(IntStream.range(0, 6).map(rows::passage)).containsExactly(0, 0, 1, 2, 2, 2);
    assertThat(IntStream.range(0, 3).map(rows::first)).containsExactly(0, 2, 3);
    assertThat(IntStream.range(0, 3).map(rows::end)).containsExactly(2, 3, 6);
    PassageRows single = PassageRows.of(PassageIds.of("a", "b"));
    assertThat(single.single()).isTrue();
    assertThat(single.passages()).isEqualTo(2);
    assertThat(single.end(1)).isEqualTo(2);
    assertThat(PassageRows.of(PassageIds.of()).passages()).isZero();
  }
}
