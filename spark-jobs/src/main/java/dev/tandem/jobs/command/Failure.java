package dev.tandem.jobs.command;

import dev.tandem.jobs.failure.TandemException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * How a command that failed ends.
 *
 * @param exitStatus of the process
 * @param message for the person at the console
 * @param expected whether the message alone says what to do, so that no stack trace helps
 */
record Failure(int exitStatus, String message, boolean expected) {
  private static final int OTHER = 1;

  /** Finds the reason in an exception and its causes. */
  static Failure of(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable t = thrown; t != null && seen.add(t); t = t.getCause()) {
      Failure failure = known(t);
      if (failure != null) {
        return failure;
      }
    }
    String message = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
    return new Failure(OTHER, thrown.getClass().getSimpleName() + message, false);
  }

  private static Failure known(Throwable t) {
    if (t instanceof TandemException e) {
      return new Failure(e.kind().exitStatus(), e.getMessage(), true);
    }
    if (t instanceof OutOfMemoryError) {
      return new Failure(
          OTHER,
          "Out of memory ("
              + t.getMessage()
              + "). Give the driver more with TANDEM_DRIVER_MEMORY=4g, executors with"
              + " spark.conf.spark.executor.memory=4g, or lower the batch size.",
          false);
    }
    String text = String.valueOf(t.getMessage());
    boolean noBackend =
        t.getClass().getSimpleName().equals("NoAvailableBackendException")
            || (t instanceof NoClassDefFoundError && text.contains("org.nd4j.linalg.factory"));
    if (t instanceof UnsatisfiedLinkError && text.contains("libcuda")) {
      return noDriver();
    } else if (noBackend && t.getCause() instanceof UnsatisfiedLinkError) {
      return known(t.getCause());
    } else if (noBackend) {
      return CudaBuild.isThis() ? noDriver() : noBackend();
    }
    return null;
  }

  private static Failure noDriver() {
    return new Failure(
        OTHER,
        "This is the CUDA build of Tandem and no NVIDIA driver (libcuda.so.1) was found on this"
            + " machine. Run it where there is a GPU, or build for the CPU: mvn -DskipTests"
            + " package, without -Pcuda.",
        true);
  }

  private static Failure noBackend() {
    return new Failure(
        OTHER,
        "ND4J found no native library for this machine ("
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch")
            + "). Build with its platform, as -Djavacpp.platform=linux-arm64.",
        true);
  }
}
