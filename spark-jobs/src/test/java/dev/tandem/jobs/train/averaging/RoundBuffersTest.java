package dev.tandem.jobs.train.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundBuffersTest {
  private static final int SIZE = 100;

  private final List<Long> removed = new ArrayList<>();
  private final RoundBuffers buffers = new RoundBuffers(removed::add);

  @Test
  void aBufferThatALateAttemptStillFillsIsNotGivenToAnother() {
    byte[] late = buffers.take(SIZE);
    buffers.endBefore(8);
    byte[] next = buffers.take(SIZE);
    assertThat(next).isNotSameAs(late);
    // The late attempt of round 7 leaves its block, which the next look removes
    buffers.kept(7, late);
    buffers.kept(8, next);
    assertThat(buffers.take(SIZE)).isNotSameAs(late).isNotSameAs(next);
    buffers.endBefore(8);
    assertThat(removed).containsExactly(7L);
    assertThat(buffers.take(SIZE)).isSameAs(late);
    assertThat(buffers.take(SIZE)).isNotSameAs(next);
  }

  @Test
  void theMemoryOfOldRoundsIsUsedAgainForBlocksOfItsSizeOnce() {
    byte[] first = buffers.take(SIZE);
    byte[] second = buffers.take(SIZE);
    assertThat(second).isNotSameAs(first);
    buffers.kept(3, first);
    buffers.kept(4, second);
    buffers.endBefore(5);
    assertThat(removed).containsExactlyInAnyOrder(3L, 4L);
    assertThat(buffers.take(SIZE + 1)).hasSize(SIZE + 1);
    List<byte[]> again = List.of(buffers.take(SIZE), buffers.take(SIZE));
    assertThat(again).anyMatch(b -> b == first).anyMatch(b -> b == second);
    assertThat(buffers.take(SIZE)).isNotSameAs(first).isNotSameAs(second);
  }

  @Test
  void theBlocksOfTheRunningRoundStay() {
    byte[] buffer = buffers.take(SIZE);
    buffers.kept(5, buffer);
    buffers.endBefore(5);
    assertThat(removed).isEmpty();
    assertThat(buffers.take(SIZE)).isNotSameAs(buffer);
  }
}
