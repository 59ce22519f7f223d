package dev.tandem.jobs.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailedVersionsTest {
  // Near its end, as nanoTime may be anywhere and wraps.
  private long now = Long.MAX_VALUE - 5;
  private final List<String> notes = new ArrayList<>();
  private final FailedVersions versions =
      new FailedVersions(Duration.ofMinutes(1), () -> now, notes::add);

  @Test
  void whatFailedIsTriedAgainAfterAWhile() {
    assertThat(versions.mayTry("v2")).isTrue();
    versions.fail("v2", "no connection");
    assertThat(versions.mayTry("v2")).isFalse();
    assertThat(versions.mayTry("v3")).isTrue();
    now += Duration.ofSeconds(59).toNanos();
    assertThat(versions.mayTry("v2")).isFalse();
    now += Duration.ofSeconds(1).toNanos();
    assertThat(versions.mayTry("v2")).isTrue();
    versions.fail("v2", "no connection");
    assertThat(versions.mayTry("v2")).isFalse();
    assertThat(notes).containsExactly("no connection");
  }

  @Test
  void whatWasRefusedIsNot() {
    versions.refuse("v2", "another model");
    now += Duration.ofDays(1).toNanos();
    assertThat(versions.mayTry("v2")).isFalse();
    assertThat(versions.mayTry("v3")).isTrue();
    versions.say("cannot be seen");
    assertThat(versions.mayTry("v2")).as("a look that fails changes nothing").isFalse();
    versions.clear();
    assertThat(versions.mayTry("v2")).isTrue();
  }

  @Test
  void aNoteIsSaidOnceUntilThereIsAnother() {
    versions.say("a");
    versions.say("a");
    versions.fail("v2", "b");
    versions.fail("v2", "b");
    versions.clear();
    versions.fail("v2", "b");
    assertThat(notes).containsExactly("a", "b", "b");
  }
}
