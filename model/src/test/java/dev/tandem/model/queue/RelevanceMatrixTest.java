package dev.tandem.model.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.model.loss.InfoNce;
import dev.tandem.model.loss.NtXent;
import dev.tandem.model.loss.Similarity;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RelevanceMatrixTest {
  private static final float P = 1;
  private static final float M = -1;

  private final List<Set<String>> known =
      List.of(Set.of("p0"), Set.of("p1", "p2", "x"), Set.of(), Set.of("p0"));
  private final List<String> passages = List.of("p0", "p1", "p2", "p0", "h0", "p0", "x", "h3");
  private final String[] queue = {"z", "x", null, "p0"};

  @Test
  void masksOtherPositivesForInfoNce() {
    float other = new InfoNce(Similarity.COSINE, 1).otherPositives();
    float[][] expected = {
      {P, 0, 0, M, 0, M, 0, 0, 0, 0, M, M},
      {0, P, M, 0, 0, 0, M, 0, 0, M, M, 0},
      {0, 0, P, 0, 0, 0, 0, 0, 0, 0, M, 0},
      {M, 0, 0, P, 0, M, 0, 0, 0, 0, M, M},
    };
    assertThat(RelevanceMatrix.of(known, passages, queue, other).toFloatMatrix())
        .isDeepEqualTo(expected);
  }

  @Test
  void countsOtherPositivesForNtXent() {
    float other = new NtXent(Similarity.COSINE, 1).otherPositives();
    float[][] expected = {
      {P, 0, 0, P, 0, P, 0, 0, 0, 0, M, P},
      {0, P, P, 0, 0, 0, P, 0, 0, P, M, 0},
      {0, 0, P, 0, 0, 0, 0, 0, 0, 0, M, 0},
      {P, 0, 0, P, 0, P, 0, 0, 0, 0, M, P},
    };
    assertThat(RelevanceMatrix.of(known, passages, queue, other).toFloatMatrix())
        .isDeepEqualTo(expected);
  }

  @Test
  void hasRowsForQueuedQueries() {
    float[][] expected = {
      {P, 0, 0, M, M},
      {0, P, 0, M, 0},
      // the query of "x", to which "b" is relevant too
      {0, M, P, M, 0},
      // an empty place
      {M, M, M, M, M},
      // the query of "a"
      {M, 0, 0, M, P},
    };
    float[][] codes =
        RelevanceMatrix.of(
                List.of(List.of("a"), List.of("b")),
                List.of("a", "b"),
                new String[] {"x", null, "a"},
                new String[][] {{"x", "b"}, null, {}},
                M)
            .toFloatMatrix();
    assertThat(codes).isDeepEqualTo(expected);
  }

  @Test
  void worksWithoutQueue() {
    float[][] expected = {{P, 0}, {0, P}};
    assertThat(
            RelevanceMatrix.of(
                    List.of(List.of("a"), List.of("b")), List.of("a", "b"), new String[0], -1)
                .toFloatMatrix())
        .isDeepEqualTo(expected);
  }

  @Test
  void refusesTooFewPassages() {
    assertThatThrownBy(() -> RelevanceMatrix.of(known, List.of("p0"), queue, M))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 queries need as many positives, but there are 1 passages");
  }
}
