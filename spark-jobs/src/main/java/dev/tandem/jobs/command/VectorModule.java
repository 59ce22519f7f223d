package dev.tandem.jobs.command;

import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernels need the module {@code jdk.incubator.vector}, which a JVM has only when it is started
 * with {@code --add-modules}. submit/tandem does; plain {@code spark-submit} does not, so there the
 * same command line is started once more with the option, in a JVM of its own.
 */
final class VectorModule {
  static final String OPTION = "--add-modules=jdk.incubator.vector";

  private static final String NAME = "jdk.incubator.vector";
  private static final String STARTED_AGAIN = "tandem.started.again";
  private static final String SPARK_SUBMIT = "org.apache.spark.deploy.SparkSubmit";

  private VectorModule() {}

  /** Whether this JVM lacks the module. */
  static boolean isMissing() {
    return ModuleLayer.boot().findModule(NAME).isEmpty();
  }

  /**
   * Starts this process's command line again with the module, and waits for its end.
   *
   * @return its exit status
   * @throws TandemException where this process cannot be started again, as in a driver that a
   *     cluster manager started
   */
  static int startAgain() throws IOException, InterruptedException {
    Path commandLine = Path.of("/proc/self/cmdline");
    boolean submitted = System.getProperty("sun.java.command", "").startsWith(SPARK_SUBMIT);
    if (!submitted || Boolean.getBoolean(STARTED_AGAIN) || !Files.isReadable(commandLine)) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "The driver's JVM lacks the module "
              + NAME
              + ". Start it with --driver-java-options "
              + OPTION
              + " (on a cluster: --conf spark.driver.extraJavaOptions="
              + OPTION
              + "), or with submit/tandem.");
    }
    String text = Files.readString(commandLine, StandardCharsets.UTF_8);
    ProcessBuilder builder = new ProcessBuilder(withModule(text)).inheritIO();
    builder.environment().putIfAbsent("OMP_NUM_THREADS", "1");
    Process process = builder.start();
    Thread end = new Thread(process::destroy, "tandem-end");
    Runtime.getRuntime().addShutdownHook(end);
    return process.waitFor();
  }

  /**
   * The command line with the option behind the program.
   *
   * @param commandLine words, each ended by a zero byte
   */
  static List<String> withModule(String commandLine) {
    List<String> words = new ArrayList<>();
    for (int start = 0; start < commandLine.length(); ) {
      int end = commandLine.indexOf('\0', start);
      end = end < 0 ? commandLine.length() : end;
      words.add(commandLine.substring(start, end));
      start = end + 1;
    }
    words.addAll(1, List.of(OPTION, "-D" + STARTED_AGAIN + "=true"));
    return words;
  }

  /** Ends this process with the one that started it, where there is such a one. */
  static void endWithStarter() {
    if (Boolean.getBoolean(STARTED_AGAIN)) {
      ProcessHandle.current()
          .parent()
          .ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
    }
  }
}
