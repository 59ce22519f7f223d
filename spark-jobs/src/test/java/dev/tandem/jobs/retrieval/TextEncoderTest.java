package dev.tandem.jobs.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.jobs.data.TokenizedText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TextEncoderTest {
  private static final int BATCH = 64;
  private static final Tower TOWER = TinyModel.tower(1, true);
  private static final List<TokenizedText> TEXTS =
      TinyModel.texts("p", 2 * TextEncoder.WINDOW + 100, 1);

  @Test
  void givesWindowAfterWindowAsTheWindowEncoderDoes() {
    List<VectorBlock> blocks = new ArrayList<>();
    AtomicInteger told = new AtomicInteger();
    try (TextEncoder encoder =
        new TextEncoder(TOWER, BATCH, TEXTS.iterator(), count -> told.addAndGet((int) count))) {
      encoder.forEachRemaining(blocks::add);
      assertThatThrownBy(encoder::next).isInstanceOf(NoSuchElementException.class);
    }
    assertThat(told).hasValue(TEXTS.size());
    assertThat(blocks.stream().map(VectorBlock::size))
        .containsExactly(TextEncoder.WINDOW, TextEncoder.WINDOW, 100);
    int from = 0;
    try (WindowEncoder whole = new WindowEncoder(TOWER, BATCH, count -> {})) {
      for (VectorBlock block : blocks) {
        VectorBlock expected = whole.encode(TEXTS.subList(from, from + block.size()));
        assertThat(block.ids()).isEqualTo(expected.ids());
        assertThat(block.vectors()).isEqualTo(expected.vectors());
        from += block.size();
      }
    }
  }

  @Test
  void encodesTheNextWindowWhileTheCallerUsesTheLast() throws InterruptedException {
    CountDownLatch second = new CountDownLatch(TextEncoder.WINDOW + 1);
    try (TextEncoder encoder =
        new TextEncoder(
            TOWER,
            BATCH,
            TEXTS.iterator(),
            count -> {
              for (long i = 0; i < count; i++) {
                second.countDown();
              }
            })) {
      encoder.next();
      // Nothing asks for the second window here.
      assertThat(second.await(1, TimeUnit.MINUTES)).isTrue();
    }
  }

  @Test
  void readsInTheCallingThreadOnly() {
    Set<Thread> readers = new HashSet<>();
    Iterator<TokenizedText> texts =
        TEXTS.stream().peek(text -> readers.add(Thread.currentThread())).iterator();
    try (TextEncoder encoder = new TextEncoder(TOWER, BATCH, texts, count -> {})) {
      encoder.forEachRemaining(block -> {});
    }
    assertThat(readers).containsExactly(Thread.currentThread());
  }

  @Test
  void aFailureComesFromTheWindowThatHasIt() {
    List<TokenizedText> texts = new ArrayList<>(TEXTS);
    int broken = TextEncoder.WINDOW + 1;
    texts.set(
        broken, new TokenizedText("broken", new int[] {TinyModel.ARCHITECTURE.vocabularySize()}));
    try (TextEncoder encoder = new TextEncoder(TOWER, BATCH, texts.iterator(), count -> {})) {
      assertThat(encoder.next().size()).isEqualTo(TextEncoder.WINDOW);
      assertThatThrownBy(encoder::next).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void endsInTheMiddleWhenItIsClosed() {
    AtomicInteger told = new AtomicInteger();
    TextEncoder encoder =
        new TextEncoder(TOWER, 1, TEXTS.iterator(), count -> told.addAndGet((int) count));
    encoder.next();
    encoder.close();
    int atClose = told.get();
    assertThat(atClose).isLessThan(2 * TextEncoder.WINDOW);
    encoder.close();
    assertThat(told).hasValue(atClose);
  }

  @Test
  void isInterruptedWithItsThread() {
    try (TextEncoder encoder = new TextEncoder(TOWER, 1, TEXTS.iterator(), count -> {})) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(encoder::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
