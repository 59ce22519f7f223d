package dev.tandem.model.encoder;

import org.nd4j.linalg.factory.Nd4j;

/** Chooses an engine by the name that configuration gives it. */
public final class EncoderEngines {

  /** The fastest engine that works here. */
  public static final String AUTO = "auto";

  /** {@link CpuEncoderEngine}. */
  public static final String CPU = "cpu";

  /** {@link Nd4jEncoderEngine}. */
  public static final String ND4J = "nd4j";

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private EncoderEngines() {}

  /**
   * Makes an engine; the caller closes it.
   *
   * @param kind {@link #AUTO}, {@link #CPU} or {@link #ND4J}; auto is cpu where ND4J computes on
   *     the CPU and the Vector API is there, else nd4j
   * @throws IllegalArgumentException if the kind is unknown
   * @throws IllegalStateException if the kind cannot work in this JVM
   */
  public static EncoderEngine create(
      String kind, EncoderArchitecture architecture, Pooling pooling) {
    return switch (kind) {
      case AUTO ->
          vectorModulePresent() && hostMemoryBackend()
              ? new CpuEncoderEngine(architecture, pooling)
              : new Nd4jEncoderEngine(architecture, pooling);
      case CPU -> {
        requireCpu();
        yield new CpuEncoderEngine(architecture, pooling);
      }
      case ND4J -> new Nd4jEncoderEngine(architecture, pooling);
      default ->
          throw new IllegalArgumentException(
              "unknown encoder engine '" + kind + "'; known are auto, cpu and nd4j");
    };
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
