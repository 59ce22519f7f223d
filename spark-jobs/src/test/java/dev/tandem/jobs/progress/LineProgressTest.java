package dev.tandem.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LineProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void printsCountShareRateAndRemainingTime() {
    try (Progress progress = start(1000)) {
      seconds(5);
      progress.advanceTo(50); // too early for a line
      progress.note("loss 0.5");
      seconds(5);
      progress.advanceTo(100);
      progress.advanceTo(80); // never backwards
      seconds(90);
      progress.advanceBy(900);
    }

    assertThat(lines())
        .containsExactly(
            "encode: 100 of 1000 passages (10 %), 10/s, 1:30 left, loss 0.5",
            "encode: 1000 of 1000 passages (100 %), 10/s, 0:00 left, loss 0.5",
            "encode: 1000 of 1000 passages (100 %), 10/s, 1:40 in all, loss 0.5");
  }

  @Test
  void aNoteIsShownThoughNothingAdvances() {
    try (Progress progress = start(2)) {
      progress.note("1 of 9"); // too early for a line
      seconds(10);
      progress.note("2 of 9");
      progress.note("3 of 9");
    }

    assertThat(lines())
        .containsExactly(
            "encode: 0 of 2 passages (0 %), 0.00/s, 2 of 9",
            "encode: 0 of 2 passages (0 %), 0.00/s, 0:10 in all, 3 of 9");
  }

  @Test
  void withoutATotalThereIsNoRemainingTime() {
    try (Progress progress = start(0)) {
      seconds(20);
      progress.advanceTo(30);
    }

    assertThat(lines())
        .containsExactly("encode: 30 passages, 1.50/s", "encode: 30 passages, 1.50/s, 0:20 in all");
  }

  @Test
  void aPolledCounterIsShownToItsEnd() {
    AtomicLong counter = new AtomicLong();
    try (Progress progress = start(10)) {
      try (Polling polling = ProgressReporter.poll(progress, counter::get)) {
        assertThat(polling).isNotNull();
        counter.set(10);
      }
      seconds(1);
    }

    assertThat(lines()).containsExactly("encode: 10 of 10 passages (100 %), 10/s, 0:01 in all");
  }

  private Progress start(long total) {
    return new LineProgress("encode", total, "passages", err, 10_000, nanos::get);
  }

  private void seconds(long seconds) {
    nanos.addAndGet(seconds * 1_000_000_000L);
  }

  private String[] lines() {
    return bytes.toString(StandardCharsets.UTF_8).split("\\R");
  }
}
