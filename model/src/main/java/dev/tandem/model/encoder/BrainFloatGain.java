package dev.tandem.model.encoder;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.dnnl.dnnl_memory_desc_t;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much faster this machine multiplies bfloat16 numbers than float32. The instructions alone do
 * not tell: on AMD's Zen 4 the dot products of AVX512_BF16 have twice the rate of float32, on Intel
 * CPUs whose AMX is hidden, as in many virtual machines, half of it.
 */
final class BrainFloatGain {

  /** From it on a training step gains. */
  private static final double WORTHWHILE = 1.3;

  private static final Logger LOG = LoggerFactory.getLogger(BrainFloatGain.class);
  private static final AtomicBoolean SLOWNESS_SAID = new AtomicBoolean();
  private static final int TOKENS = 128;
  private static final int IN = 384;
  private static final int OUT = 1536;
  private static final int REPETITIONS = 25;

  private BrainFloatGain() {}

  /** Measured once, at the first use. */
  private static final class Here {
    static final double VALUE = measureAndSay();
  }

  /**
   * The rate of bfloat16 products over that of float32 on one thread; 0 where this machine has
   * none. Takes some hundredths of a second, the first time.
   */
  static double here() {
    return Here.VALUE;
  }

  /** Says, once, where who asks for bfloat16 would be served better by float32. */
  static void warnWhereSlow() {
    if (here() < 1 && !SLOWNESS_SAID.getAndSet(true)) {
      LOG.warn(
          "model.compute: training in bfloat16, as asked for, though its products are {} times as"
              + " fast as float32's here; auto or float32 would train faster",
          String.format(Locale.ROOT, "%.1f", here()));
    }
  }

  private static double measureAndSay() {
    if (BrainFloatSupport.here() == BrainFloatSupport.NONE) {
      return 0;
    }
    double gain;
    try {
      // In a thread of its own, as it makes ND4J's loops in that thread serial
      gain =
          CompletableFuture.supplyAsync(BrainFloatGain::measure, r -> new Thread(r).start()).join();
    } catch (CompletionException e) {
      LOG.warn("model.compute: auto trains in float32, as bfloat16 failed: {}", e.getMessage());
      return 0;
    }
    LOG.info(
        "model.compute: products in bfloat16 are {} times as fast as in float32 here, so auto trains"
            + " in {}",
        String.format(Locale.ROOT, "%.1f", gain),
        trainIn(gain).key());
    return gain;
  }

  /** What training computes in where bfloat16 products are so many times as fast as float32's. */
  static Compute trainIn(double gain) {
    return gain >= WORTHWHILE ? Compute.BFLOAT16 : Compute.FLOAT32;
  }

  /**
   * Measures in turns, and takes the best of each: another process can make some of them slower.
   */
  private static double measure() {
    OneDnn.useOneThread();
    try (OneDnn dnnl = new OneDnn();
        Product plain = new Product(dnnl, dnnl_f32);
        Product rounded = new Product(dnnl, dnnl_bf16)) {
      long plainNanos = Long.MAX_VALUE;
      long roundedNanos = Long.MAX_VALUE;
      for (int i = 0; i < REPETITIONS; i++) {
        plainNanos = Math.min(plainNanos, plain.nanos());
        roundedNanos = Math.min(roundedNanos, rounded.nanos());
      }
      return (double) plainNanos / roundedNanos;
    }
  }

  /** A linear layer's product of nothing but zeros. */
  private static final class Product implements AutoCloseable {
    private final List<ByteMemory> memories = new ArrayList<>();
    private final DnnlPrimitive primitive;

    Product(OneDnn dnnl, int type) {
      try (dnnl_memory_desc_t left = OneDnn.matrix(type, TOKENS, IN, IN, 1);
          dnnl_memory_desc_t any = OneDnn.anyLayout(type, IN, OUT);
          dnnl_memory_desc_t result = OneDnn.matrix(dnnl_f32, TOKENS, OUT, OUT, 1);
          dnnl_memory_desc_t right = DnnlPrimitive.bestRightLayout(dnnl, left, any, result)) {
        primitive = DnnlPrimitive.product(dnnl, left, right, result, false);
        primitive
            .operand(0, zeros(dnnl_memory_desc_get_size(left)))
            .operand(1, zeros(dnnl_memory_desc_get_size(right)))
            .operand(2, zeros(dnnl_memory_desc_get_size(result)))
            .operand(3, zeros(primitive.scratchpadBytes()));
      }
    }

    private long zeros(long bytes) {
      ByteMemory memory = new ByteMemory().require(bytes);
      memory.bytes().put(new byte[(int) bytes]);
      memories.add(memory);
      return memory.address();
    }

    long nanos() {
      long begin = System.nanoTime();
      primitive.run();
      return System.nanoTime() - begin;
    }

    @Override
    public void close() {
      primitive.close();
      memories.forEach(ByteMemory::close);
    }
  }
}
