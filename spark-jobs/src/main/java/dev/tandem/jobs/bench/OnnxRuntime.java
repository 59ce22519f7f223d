package dev.tandem.jobs.bench;

/**
 * Whether ONNX Runtime is there. It is on the class path of {@code submit/tandem}, but not in the
 * jar for spark-submit, as nothing but the benchmark uses it.
 */
final class OnnxRuntime {
  static final String NAME = "ONNX Runtime";
  private static final String CLASS = "ai.onnxruntime.OrtEnvironment";
  private static final String ARTIFACT = "com.microsoft.onnxruntime:onnxruntime";

  private OnnxRuntime() {}

  /**
   * Does nothing where its classes are there.
   *
   * @throws PeerException if they are not, with what to add
   */
  static void require(ClassLoader loader) throws PeerException {
    try {
      Class.forName(CLASS, false, loader);
    } catch (ClassNotFoundException e) {
      throw new PeerException(
          "ONNX Runtime is not on the class path; with spark-submit add --packages "
              + ARTIFACT
              + ":VERSION",
          e);
    }
  }
}
