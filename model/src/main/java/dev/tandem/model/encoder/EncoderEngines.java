package dev.tandem.model.encoder;

import java.util.concurrent.atomic.AtomicBoolean;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses an engine by the name that configuration gives it. */
public final class EncoderEngines {

  /** The fastest engine that works here. */
  public static final String AUTO = "auto";

  /** {@link CpuEncoderEngine}. */
  public static final String CPU = "cpu";

  /** {@link Nd4jEncoderEngine}. */
  public static final String ND4J = "nd4j";

  /** float32 or bfloat16, whichever serves best here; see {@link #trainingCompute}. */
  public static final String AUTO_COMPUTE = "auto";

  private static final Logger LOG = LoggerFactory.getLogger(EncoderEngines.class);
  private static final AtomicBoolean FALL_BACK_SAID = new AtomicBoolean();
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private EncoderEngines() {}

  /**
   * Makes an engine; the caller closes it.
   *
   * @param kind {@link #AUTO}, {@link #CPU} or {@link #ND4J}; auto is cpu where ND4J computes on
   *     the CPU and the Vector API is there, else nd4j
   * @param compute what its linear layers are to multiply; where that is not possible, float32
   * @throws IllegalArgumentException if the kind is unknown
   * @throws IllegalStateException if the kind cannot work in this JVM
   */
  public static EncoderEngine create(
      String kind, EncoderArchitecture architecture, Pooling pooling, Compute compute) {
    Compute effective = effective(kind, compute);
    return kernels(kind)
        ? new CpuEncoderEngine(architecture, pooling, effective)
        : new Nd4jEncoderEngine(architecture, pooling);
  }

  /** Whether a kind of engine is {@link CpuEncoderEngine} here. */
  private static boolean kernels(String kind) {
    return switch (kind) {
      case AUTO -> vectorModulePresent() && hostMemoryBackend();
      case CPU -> {
        requireCpu();
        yield true;
      }
      case ND4J -> false;
      default ->
          throw new IllegalArgumentException(
              "unknown encoder engine '" + kind + "'; known are auto, cpu and nd4j");
    };
  }

  /**
   * What training computes in on this machine.
   *
   * @param kind the kind of engine
   * @param configured {@code auto}, or the key of a {@link Compute}; auto is bfloat16 where its
   *     products are so much faster that a whole step gains, which is measured once; bfloat16 where
   *     they are slower is done, and logged as a warning
   * @throws IllegalArgumentException if either is unknown
   */
  public static Compute trainingCompute(String kind, String configured) {
    if (!configured.equals(AUTO_COMPUTE)) {
      Compute effective = effective(kind, Compute.of(configured));
      if (effective == Compute.BFLOAT16) {
        BrainFloatGain.warnWhereSlow();
      }
      return effective;
    }
    return kernels(kind) ? BrainFloatGain.trainIn(BrainFloatGain.here()) : Compute.FLOAT32;
  }

  /**
   * What encoding computes in on this machine.
   *
   * @param kind the kind of engine
   * @param configured {@code auto}, or the key of a {@link Compute}; auto is float32, as bfloat16
   *     moves cosines by up to .003, so that rankings would depend on the machine
   * @throws IllegalArgumentException if either is unknown
   */
  public static Compute encodingCompute(String kind, String configured) {
    return configured.equals(AUTO_COMPUTE)
        ? Compute.FLOAT32
        : effective(kind, Compute.of(configured));
  }

  private static Compute effective(String kind, Compute wanted) {
    if (wanted == Compute.FLOAT32) {
      return wanted;
    }
    return effective(wanted, kernels(kind) ? BrainFloatSupport.here() : BrainFloatSupport.NONE);
  }

  /** What is computed in where something is wanted; says so once in a JVM if it is not that. */
  static Compute effective(Compute wanted, BrainFloatSupport support) {
    if (wanted == Compute.FLOAT32 || support != BrainFloatSupport.NONE) {
      return wanted;
    }
    if (!FALL_BACK_SAID.getAndSet(true)) {
      LOG.warn(
          "model.compute: {} needs the cpu engine on a CPU with AVX512_BF16 or AMX; going on in {}",
          wanted.key(),
          Compute.FLOAT32.key());
    }
    return Compute.FLOAT32;
  }

  private static void requireCpu() {
    if (!vectorModulePresent()) {
      throw new IllegalStateException(
          "the cpu engine needs the Vector API; start Java with --add-modules=" + VECTOR_MODULE);
    }
    if (!hostMemoryBackend()) {
      throw new IllegalStateException(
          "the cpu engine needs the CPU backend of ND4J, this is "
              + Nd4j.getBackend().getClass().getSimpleName());
    }
  }

  private static boolean vectorModulePresent() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static boolean hostMemoryBackend() {
    return "CPU"
        .equalsIgnoreCase(
            Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend", ""));
  }
}
