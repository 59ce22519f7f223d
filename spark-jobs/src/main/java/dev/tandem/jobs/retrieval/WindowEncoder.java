package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.model.encoder.TokenBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Encodes the texts of a window, sorted by length and packed into batches, so that the texts of a
 * batch are about equally long; the embeddings come back in the order of the texts. For one thread
 * at a time, except {@link #stop}. Holds an engine until it is closed.
 */
final class WindowEncoder implements AutoCloseable {
  private static final double SMALLEST_NORM = 1e-12;

  private final Tower tower;
  private final int batchSize;
  private final LongConsumer encoded;
  private final EnginePool.Lease lease;
  private volatile boolean stopped;

  /**
   * @param tower the encoder
   * @param batchSize texts the engine takes at once
   * @param encoded told the number of texts after each batch
   */
  WindowEncoder(Tower tower, int batchSize, LongConsumer encoded) {
    this.tower = tower;
    this.batchSize = batchSize;
    this.encoded = encoded;
    this.lease = EnginePool.lease(tower);
  }

  /**
   * The embeddings of texts.
   *
   * @throws IllegalStateException if the encoder yields a number that is not finite
   * @throws CancellationException when stopped
   */
  VectorBlock encode(List<TokenizedText> window) {
    int dimension = tower.dimension();
    float[] vectors = new float[Math.multiplyExact(window.size(), dimension)];
    int[] order =
        IntStream.range(0, window.size())
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer i) -> window.get(i).tokens().length).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    for (int from = 0; from < order.length; from += batchSize) {
      if (stopped) {
        throw new CancellationException("encoding was stopped");
      }
      int to = Math.min(from + batchSize, order.length);
      encodeBatch(window, order, from, to, vectors);
      encoded.accept(to - from);
    }
    String[] ids = window.stream().map(TokenizedText::id).toArray(String[]::new);
    return new VectorBlock(ids, vectors, dimension);
  }

  private void encodeBatch(
      List<TokenizedText> window, int[] order, int from, int to, float[] vectors) {
    int dimension = tower.dimension();
    List<int[]> tokens = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      tokens.add(window.get(order[i]).tokens());
    }
    float[] batch = new float[(to - from) * dimension];
    try (INDArray embeddings =
        Nd4j.createUninitializedDetached(DataType.FLOAT, to - from, dimension)) {
      lease.engine().encode(tower.parameters(), TokenBatch.of(tokens), embeddings);
      embeddings.data().asNioFloat().get(batch);
    }
    for (int i = from; i < to; i++) {
      int row = (i - from) * dimension;
      double norm = norm(batch, row, dimension);
      if (!Double.isFinite(norm)) {
        throw new IllegalStateException(
            "the embedding of text '"
                + window.get(order[i]).id()
                + "' is not finite; the model's parameters are damaged or its training diverged");
      }
      if (tower.normalize()) {
        float scale = (float) (1 / Math.max(norm, SMALLEST_NORM));
        for (int j = row; j < row + dimension; j++) {
          batch[j] *= scale;
        }
      }
      System.arraycopy(batch, row, vectors, order[i] * dimension, dimension);
    }
  }

  private static double norm(float[] values, int from, int length) {
    double sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum);
  }

  /** Ends what another thread is encoding after the batch it is at. */
  void stop() {
    stopped = true;
  }

  @Override
  public void close() {
    lease.close();
  }
}
