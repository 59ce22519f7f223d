package dev.tandem.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LossesTest {
  @Test
  void knowsItsNames() {
    assertThat(Losses.of("info-nce", Similarity.DOT, 2)).isEqualTo(new InfoNce(Similarity.DOT, 2));
    assertThat(Losses.of("info-nce-symmetric", Similarity.DOT, 2))
        .isEqualTo(new InfoNce(Similarity.DOT, 2, true));
    assertThat(Losses.of("nt-xent", Similarity.COSINE, 0.1))
        .isEqualTo(new NtXent(Similarity.COSINE, 0.1));
  }

  @Test
  void refusesOthers() {
    assertThatThrownBy(() -> Losses.of("triplet", Similarity.DOT, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no loss named \"triplet\"; there are info-nce, info-nce-symmetric, nt-xent");
    assertThatThrownBy(() -> Losses.of("info-nce", Similarity.DOT, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("temperature must be a positive number, but is 0.0");
  }
}
