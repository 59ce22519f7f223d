package dev.tandem.model.encoder;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole encoder at the shape of MiniLM on one thread: encoding, and forward with backward of 32
 * pairs. Run with JMH, as docs/performance.md says.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class EncoderBenchmark {
  static final EncoderArchitecture MINILM =
      new EncoderArchitecture(30522, 384, 6, 12, 1536, 512, 2, 1e-12);

  private static final int TEXTS = 32;
  private static final int QUERY_LENGTH = 32;
  private static final int PASSAGE_LENGTH = 128;

  /** The kind of engine. */
  @Param({EncoderEngines.CPU, EncoderEngines.ND4J})
  public String kind;

  /** What the cpu engine's linear layers multiply; the other knows float32 only. */
  @Param({"float32", "bfloat16"})
  public String compute;

  private EncoderEngine engine;
  private INDArray parameters;
  private INDArray gradient;
  private TokenBatch queries;
  private TokenBatch passages;
  private TokenBatch pairs;
  private INDArray embeddings;
  private INDArray pairEmbeddings;
  private INDArray pairGradient;

  /** Makes an engine and batches. */
  @Setup(Level.Trial)
  public void prepare() {
    engine = EncoderEngines.create(kind, MINILM, Pooling.MEAN, Compute.of(compute));
    parameters = EncoderEngineContract.toArray(EncoderEngineContract.parameters(MINILM));
    gradient = parameters.dup();
    int[] lengths = new int[2 * TEXTS];
    Arrays.fill(lengths, 0, TEXTS, PASSAGE_LENGTH);
    Arrays.fill(lengths, TEXTS, 2 * TEXTS, QUERY_LENGTH);
    passages = EncoderEngineContract.batch(MINILM, Arrays.copyOf(lengths, TEXTS));
    queries = EncoderEngineContract.batch(MINILM, Arrays.copyOfRange(lengths, TEXTS, 2 * TEXTS));
    pairs = EncoderEngineContract.batch(MINILM, lengths);
    embeddings = Nd4j.create(DataType.FLOAT, TEXTS, MINILM.hiddenSize());
    pairEmbeddings = Nd4j.create(DataType.FLOAT, 2 * TEXTS, MINILM.hiddenSize());
    float[] values = new float[2 * TEXTS * MINILM.hiddenSize()];
    Random random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    pairGradient = Nd4j.create(values, new long[] {2 * TEXTS, MINILM.hiddenSize()}, 'c');
  }

  /** Frees native memory. */
  @TearDown(Level.Trial)
  public void free() {
    engine.close();
    for (INDArray array :
        new INDArray[] {parameters, gradient, embeddings, pairEmbeddings, pairGradient}) {
      array.close();
    }
  }

  /** 32 texts of 128 tokens. */
  @Benchmark
  public INDArray encodePassages() {
    engine.encode(parameters, passages, embeddings);
    return embeddings;
  }

  /** 32 texts of 32 tokens. */
  @Benchmark
  public INDArray encodeQueries() {
    engine.encode(parameters, queries, embeddings);
    return embeddings;
  }

  /** Forward and backward pass of 32 texts of 128 tokens and 32 of 32. */
  @Benchmark
  public INDArray step() {
    engine.forward(parameters, pairs, pairEmbeddings);
    engine.backward(parameters, pairGradient, gradient);
    return gradient;
  }
}
