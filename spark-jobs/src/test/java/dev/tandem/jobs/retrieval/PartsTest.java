package dev.tandem.jobs.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartsTest {

  @ParameterizedTest
  @CsvSource({
    // texts, partitions, parts of each: 256 to 32,768 texts a part, 32 parts between
    "0, 1, 1",
    "100, 1, 1",
    "5183, 1, 21",
    "5183, 4, 6",
    "1000000, 1, 32",
    "1000000, 64, 1",
    "8841823, 10, 27",
  })
  void followsFromTheDataAlone(long texts, int partitions, int strides) {
    assertThat(Parts.stridesFor(texts, partitions)).isEqualTo(strides);
  }

  @Test
  void neverMakesAPartLargerThanATaskHolds() {
    for (long texts = 1; texts < 100_000_000; texts = texts * 3 + 1) {
      long parts = Parts.stridesFor(texts, 7) * 7L;
      assertThat((texts + parts - 1) / parts).isLessThanOrEqualTo(32_768);
    }
  }
}
