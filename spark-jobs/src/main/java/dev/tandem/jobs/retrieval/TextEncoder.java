package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TokenizedText;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.spark.TaskContext;

/**
 * Encodes a stream of tokenized texts, window by window, in a thread of its own: while a window is
 * encoded, the calling thread reads the next one and uses the embeddings of the one before. So an
 * encoder on a GPU does not wait for what is read and written. Memory is bounded by three windows
 * and the longest batch. Not thread-safe; holds an engine until it is closed or exhausted.
 */
final class TextEncoder implements Iterator<VectorBlock>, AutoCloseable {
  /** Texts sorted and encoded together. */
  static final int WINDOW = 4096;

  private final Iterator<TokenizedText> texts;
  private final WindowEncoder encoder;
  private final ExecutorService thread;
  private Future<VectorBlock> ahead;
  private boolean closed;

  /**
   * @param tower the encoder
   * @param batchSize texts the engine takes at once
   * @param texts what to encode; read by the calling thread only
   * @param encoded told the number of texts after each batch, by the encoding thread
   */
  TextEncoder(Tower tower, int batchSize, Iterator<TokenizedText> texts, LongConsumer encoded) {
    this.texts = texts;
    this.encoder = new WindowEncoder(tower, batchSize, encoded);
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread encoding = new Thread(task, "tandem-encode");
              encoding.setDaemon(true);
              return encoding;
            });
    TaskContext task = TaskContext.get();
    thread.execute(() -> GpuBinding.bind(task));
  }

  @Override
  public boolean hasNext() {
    if (ahead == null && !texts.hasNext()) {
      close();
      return false;
    }
    return true;
  }

  /**
   * The embeddings of the next window.
   *
   * @throws IllegalStateException if the encoder yields a number that is not finite, or the calling
   *     thread is interrupted
   */
  @Override
  public VectorBlock next() {
    Future<VectorBlock> window = ahead == null ? begin() : ahead;
    if (window == null) {
      throw new NoSuchElementException("all texts are encoded");
    }
    ahead = begin();
    return await(window);
  }

  /** Reads a window and has it encoded; null where no texts are left. */
  private Future<VectorBlock> begin() {
    List<TokenizedText> window = new ArrayList<>();
    while (window.size() < WINDOW && texts.hasNext()) {
      window.add(texts.next());
    }
    return window.isEmpty() ? null : thread.submit(() -> encoder.encode(window));
  }

  private static VectorBlock await(Future<VectorBlock> window) {
    try {
      return window.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("encoding failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while encoding", e);
    }
  }

  /** Gives the engine back, when the batch that it is at is done. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    encoder.stop();
    thread.shutdown(); // what is queued ends at once, as the encoder is stopped
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true; // the engine must not be given away while it works
      }
    }
    encoder.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
