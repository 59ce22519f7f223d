package dev.tandem.model.encoder;

import dev.tandem.model.encoder.Blas.Matrix;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
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
 * Each CPU kernel by itself, on the tokens of a number of texts at the shape of MiniLM, on one
 * thread. Run with JMH, as docs/performance.md says.
 *
 * <p>Kernels that work in place go on from what the last call left. Their time does not depend on
 * the values as long as these stay finite, and they do: backward kernels with a gradient of zero,
 * forward ones with a bias of zero, keep them so.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {
  private static final EncoderArchitecture MINILM = EncoderBenchmark.MINILM;
  private static final int TEXTS = 8;

  /** Tokens of each text. */
  @Param({"32", "128"})
  public int length;

  private final Scratch scratch = new Scratch();
  private int tokens;
  private TokenBatch batch;
  private Attention attention;
  private Attention.Workspace workspace;
  private LayerNormKernel norm;
  private LayerNormKernel.Kept kept;
  private LayerNormKernel.Parameters normParameters;
  private LayerNormKernel.Parameters normGradients;
  private FloatMemory hidden;
  private FloatMemory context;
  private FloatMemory zeroHidden;
  private FloatMemory qkv;
  private FloatMemory qkvGradient;
  private FloatMemory wide;
  private FloatMemory wideOutput;
  private FloatMemory zeroWide;
  private FloatMemory weight;
  private FloatMemory bias;
  private FloatMemory row;
  private FloatMemory scores;
  private FloatMemory logSums;

  /** Allocates everything. */
  @Setup(Level.Trial)
  public void prepare() {
    int h = MINILM.hiddenSize();
    int f = MINILM.intermediateSize();
    int[] lengths = new int[TEXTS];
    Arrays.fill(lengths, length);
    batch = EncoderEngineContract.batch(MINILM, lengths);
    tokens = batch.tokens();
    attention = new Attention(MINILM);
    long square = (long) length * VectorMath.roundUp(length);
    workspace = new Attention.Workspace(random(square), random(square), random(length));
    norm = new LayerNormKernel(h, MINILM.layerNormEpsilon());
    kept = new LayerNormKernel.Kept(random((long) tokens * h), random(2L * tokens));
    normParameters = new LayerNormKernel.Parameters(random(h), random(h));
    normGradients = new LayerNormKernel.Parameters(random(h), random(h));
    hidden = random((long) tokens * h);
    context = random((long) tokens * h);
    zeroHidden = zeros((long) tokens * h);
    qkv = random(3L * tokens * h);
    qkvGradient = random(3L * tokens * h);
    wide = random((long) tokens * f);
    wideOutput = random((long) tokens * f);
    zeroWide = zeros((long) tokens * f);
    weight = random((long) h * f);
    bias = zeros(f);
    row = random(f);
    scores = random(square);
    logSums = random((long) MINILM.heads() * tokens);
    norm.normalize(kept, normParameters, hidden, tokens);
    attention.forward(batch, qkv, context, logSums, workspace);
  }

  private FloatMemory random(long size) {
    FloatMemory memory = scratch.allocate("benchmark", size);
    Random random = new Random(size);
    for (long i = 0; i < size; i++) {
      memory.put(i, (float) random.nextGaussian());
    }
    return memory;
  }

  private FloatMemory zeros(long size) {
    FloatMemory memory = scratch.allocate("benchmark", size);
    memory.clear();
    return memory;
  }

  /** Frees native memory. */
  @TearDown(Level.Trial)
  public void free() {
    scratch.close();
  }

  /** The matrix product into the feed-forward part. */
  @Benchmark
  public void gemm() {
    int h = MINILM.hiddenSize();
    int f = MINILM.intermediateSize();
    Blas.multiplyTransposed(
        tokens,
        f,
        h,
        1,
        new Matrix(hidden, 0, h),
        new Matrix(weight, 0, h),
        0,
        new Matrix(wideOutput, 0, f));
  }

  /** Bias and GELU. */
  @Benchmark
  public void gelu() {
    GeluKernel.forward(wide, bias, wideOutput, tokens, MINILM.intermediateSize());
  }

  /** Gradient of bias and GELU, with a copy of the input, which it overwrites. */
  @Benchmark
  public void geluBackward() {
    Pointer.memcpy(wideOutput.asResult(0), wide.asLeft(0), wide.size() * Float.BYTES);
    GeluKernel.backward(wideOutput, zeroWide, bias, row, tokens, MINILM.intermediateSize());
  }

  /** LayerNorm of a sum. */
  @Benchmark
  public void layerNorm() {
    norm.normalize(kept, normParameters, hidden, tokens);
  }

  /** Gradient of LayerNorm. */
  @Benchmark
  public void layerNormBackward() {
    norm.backward(kept, normParameters, zeroHidden, normGradients, bias, tokens);
  }

  /** Softmax over the scores of one text and head. */
  @Benchmark
  public void softmax() {
    SoftmaxKernel.forward(scores, length, VectorMath.roundUp(length), logSums, 0);
  }

  /** Attention of all texts and heads. */
  @Benchmark
  public void attention() {
    attention.forward(batch, qkv, context, logSums, workspace);
  }

  /** Gradient of attention. */
  @Benchmark
  public void attentionBackward() {
    attention.backward(batch, qkv, context, logSums, hidden, qkvGradient, workspace);
  }
}
