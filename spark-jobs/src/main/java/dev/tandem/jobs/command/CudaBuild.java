package dev.tandem.jobs.command;

/** What is special about a build made with {@code -Pcuda}. */
final class CudaBuild {
  private static final String BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";
  private static final String RUNTIME = "org.bytedeco.cuda.global.cudart";

  private CudaBuild() {}

  /** Whether this is one. */
  static boolean isThis() {
    return CudaBuild.class.getClassLoader().getResource(BACKEND) != null;
  }

  /**
   * Loads CUDA's runtime where this is such a build. ND4J would do it too, but where it fails it
   * prints the stack trace and goes on to a failure that does not name the reason.
   *
   * @throws UnsatisfiedLinkError where there is no NVIDIA driver
   */
  static void loadRuntime() throws ClassNotFoundException {
    if (isThis()) {
      Class.forName(RUNTIME);
    }
  }
}
