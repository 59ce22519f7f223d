package dev.tandem.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.model.encoder.EncoderArchitecture;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairLengthsTest {

  @Test
  void cutsTextsIntoStepsAndLeavesOutTheRest() {
    PairLengths lengths = PairLengths.mixed(2, 8, List.of(5, 9, 3, 7, 4), "texts");
    assertThat(lengths.passages()).containsExactly(List.of(5, 9), List.of(3, 7));
    assertThat(lengths.pairs()).isEqualTo(2);
    assertThat(lengths.name()).isEqualTo("2 pairs of 8 tokens and of mixed lengths (mean 6)");
  }

  @Test
  void takesFewerPairsWhereThereAreNoMore() {
    assertThat(PairLengths.mixed(32, 8, List.of(5, 9), "texts").passages())
        .containsExactly(List.of(5, 9));
    assertThatThrownBy(() -> PairLengths.mixed(32, 8, List.of(), "texts"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void textsHaveTheLengthsOfTheirStep() {
    EncoderArchitecture architecture = new EncoderArchitecture(50, 16, 2, 2, 32, 24, 2, 1e-12);
    PairLengths lengths = PairLengths.mixed(2, 8, List.of(5, 9, 3, 7), "texts");
    Random random = new Random(1);
    for (int step : new int[] {1, 3}) { // begun again after the last
      int[][] passages = lengths.randomPassages(architecture, step, random);
      assertThat(Arrays.stream(passages).map(text -> text.length)).containsExactly(3, 7);
    }
    assertThat(Arrays.stream(lengths.randomQueries(architecture, random)))
        .allMatch(text -> text.length == 8)
        .hasSize(2);
  }
}
