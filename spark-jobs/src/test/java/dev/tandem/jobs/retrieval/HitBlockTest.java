package dev.tandem.jobs.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HitBlockTest {
  private record Hit(String id, float score) {}

  private static final Comparator<Hit> ORDER =
      Comparator.comparingDouble((Hit h) -> -h.score())
          .thenComparing(Comparator.comparing(Hit::id).reversed());

  private static HitBlock block(List<List<Hit>> queries) {
    HitBlock.Builder builder = new HitBlock.Builder(queries.size(), 0, 0);
    for (List<Hit> hits : queries) {
      hits.stream()
          .sorted(ORDER)
          .forEach(h -> builder.add(h.score(), h.id().getBytes(StandardCharsets.UTF_8)));
      builder.endQuery();
    }
    return builder.build();
  }

  private static List<Hit> hits(HitBlock block, int query) {
    List<Hit> hits = new ArrayList<>();
    for (int rank = 0; rank < block.hits(query); rank++) {
      hits.add(new Hit(block.id(query, rank), block.score(query, rank)));
    }
    return hits;
  }

  @Test
  void ranksTiesByIdDescendingAsTrecEval() {
    HitBlock a = block(List.of(List.of(new Hit("p1", 1f), new Hit("p9", 1f))));
    HitBlock b = block(List.of(List.of(new Hit("p10", 1f), new Hit("p2", 2f))));
    assertThat(hits(HitBlock.merge(a, b, 3), 0))
        .containsExactly(new Hit("p2", 2f), new Hit("p9", 1f), new Hit("p10", 1f));
  }

  @Test
  void mergesAnyDivisionToTheSameHits() {
    Random random = new Random(5);
    for (int round = 0; round < 50; round++) {
      int depth = 1 + random.nextInt(8);
      List<List<List<Hit>>> parts = new ArrayList<>();
      for (int p = 0; p < 4; p++) {
        parts.add(List.of(new ArrayList<>(), new ArrayList<>()));
      }
      List<List<Hit>> all = List.of(new ArrayList<>(), new ArrayList<>());
      for (int i = 0; i < 30; i++) {
        int query = random.nextInt(2);
        // Few distinct scores, so that ties fall on the last rank often.
        Hit hit = new Hit("d\u00e9" + i, random.nextInt(4));
        all.get(query).add(hit);
        parts.get(random.nextInt(4)).get(query).add(hit);
      }
      HitBlock merged = block(parts.get(0));
      for (int p = 1; p < 4; p++) {
        HitBlock part = block(parts.get(p));
        merged =
            random.nextBoolean()
                ? HitBlock.merge(merged, part, depth)
                : HitBlock.merge(part, merged, depth);
      }
      for (int query = 0; query < 2; query++) {
        assertThat(hits(merged, query))
            .isEqualTo(all.get(query).stream().sorted(ORDER).limit(depth).toList());
      }
    }
  }

  @Test
  void refusesBlocksOfDifferentQueries() {
    HitBlock one = block(List.of(List.of()));
    HitBlock two = block(List.of(List.of(), List.of()));
    assertThatThrownBy(() -> HitBlock.merge(one, two, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("blocks of 1 and 2 queries cannot be merged");
  }
}
