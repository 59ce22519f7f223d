package dev.tandem.model.encoder;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures the processor time of an engine at the shape of MiniLM on one thread. Run it by hand:
 * arguments are the kind of engine and the number of repetitions.
 */
public final class EncoderBenchmark {

  private static final EncoderArchitecture MINILM =
      new EncoderArchitecture(30522, 384, 6, 12, 1536, 512, 2, 1e-12);

  private EncoderBenchmark() {}

  /** Prints medians of encoding 32 texts of 128 tokens, and of a step with 32 queries of 32 too. */
  public static void main(String[] arguments) {
    String kind = arguments.length > 0 ? arguments[0] : EncoderEngines.AUTO;
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
    INDArray parameters = EncoderEngineContract.toArray(EncoderEngineContract.parameters(MINILM));
    INDArray gradient = parameters.dup();
    int[] passages = new int[32];
    Arrays.fill(passages, 128);
    int[] pairs = Arrays.copyOf(passages, 64);
    Arrays.fill(pairs, 32, 64, 32);
    TokenBatch passageBatch = EncoderEngineContract.batch(MINILM, passages);
    TokenBatch pairBatch = EncoderEngineContract.batch(MINILM, pairs);
    TokenBatch queryBatch = EncoderEngineContract.batch(MINILM, Arrays.copyOfRange(pairs, 32, 64));
    INDArray embeddings32 = Nd4j.create(32, MINILM.hiddenSize());
    INDArray embeddings64 = Nd4j.create(64, MINILM.hiddenSize());
    INDArray epsilon = Nd4j.createFromArray(randoms(64, MINILM.hiddenSize()));
    try (EncoderEngine engine = EncoderEngines.create(kind, MINILM, Pooling.MEAN)) {
      double[] encode = new double[repetitions];
      double[] queries = new double[repetitions];
      double[] forward = new double[repetitions];
      double[] step = new double[repetitions];
      for (int i = -3; i < repetitions; i++) {
        long start = cpuNanos();
        engine.encode(parameters, passageBatch, embeddings32);
        long encoded = cpuNanos();
        engine.encode(parameters, queryBatch, embeddings32);
        long encodedQueries = cpuNanos();
        engine.forward(parameters, pairBatch, embeddings64);
        long forwarded = cpuNanos();
        engine.backward(parameters, epsilon, gradient);
        long end = cpuNanos();
        if (i >= 0) {
          encode[i] = (encoded - start) / 1e6;
          queries[i] = (encodedQueries - encoded) / 1e6;
          forward[i] = (forwarded - encodedQueries) / 1e6;
          step[i] = (end - encodedQueries) / 1e6;
        }
      }
      print("encode 32x128", encode);
      print("encode 32x32", queries);
      print("forward 32x128 + 32x32", forward);
      print("forward and backward", step);
    }
  }

  /**
   * Processor time of this thread, which other work on the machine disturbs less than the clock.
   */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static float[][] randoms(int rows, int columns) {
    Random random = new Random(1);
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  private static void print(String what, double[] millis) {
    Arrays.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "%-24s median %.0f ms, fastest %.0f ms%n",
        what,
        millis[millis.length / 2],
        millis[0]);
  }
}
