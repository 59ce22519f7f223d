package dev.tandem.jobs.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Spark distribution put together from the jars Maven resolved: {@code jars/} with Spark and what
 * it needs, {@code bin/spark-class} and {@code bin/spark-submit}. What Tandem's own jar brings is
 * left out, as on a real cluster, so a class missing from that jar shows.
 */
final class SparkHome {
  private static final Pattern TEST_LIBRARY =
      Pattern.compile(
          "(junit|assertj|archunit|scalatest|scalactic|opentest4j|apiguardian|byte-buddy|surefire"
              + "|hadoop-client-minicluster|error_prone).*");

  /** What Tandem's jar brings and Spark's own distribution too, as Spark itself needs it. */
  private static final Pattern SPARKS_OWN_TOO = Pattern.compile("(commons-io|jline)-.*");

  private static final String SPARK_CLASS =
      """
      #!/usr/bin/env bash
      # Runs a class of Spark as Spark's own launcher says it is to be run.
      set -euo pipefail
      export SPARK_HOME="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
      export SPARK_SCALA_VERSION=2.12
      java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
      # The launcher prints a line with a zero byte, then the command, each word ended by a zero byte.
      command=()
      while IFS= read -r -d '' word; do
        command+=("${word#$'\\n'}")
      done < <("$java" -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main "$@")
      exec "${command[@]:1}"
      """;

  private static final String SPARK_SUBMIT =
      """
      #!/usr/bin/env bash
      # Submits an application.
      exec "$(dirname "${BASH_SOURCE[0]}")/spark-class" org.apache.spark.deploy.SparkSubmit "$@"
      """;

  private final Path directory;

  private SparkHome(Path directory) {
    this.directory = directory;
  }

  /**
   * Puts a Spark home together.
   *
   * @param directory where; its {@code jars} and {@code bin} are filled
   * @param tandemJar Tandem's jar for spark-submit
   */
  static SparkHome assemble(Path directory, Path tandemJar) throws IOException {
    Path jars = Files.createDirectories(directory.resolve("jars"));
    try (JarFile tandem = new JarFile(tandemJar.toFile())) {
      for (String entry : testClassPath()) {
        Path jar = Path.of(entry);
        String name = jar.getFileName().toString();
        if (name.endsWith(".jar")
            && !TEST_LIBRARY.matcher(name).matches()
            && (SPARKS_OWN_TOO.matcher(name).matches() || !isContained(jar, tandem))) {
          link(jar, jars.resolve(name));
        }
      }
    }
    Path bin = Files.createDirectories(directory.resolve("bin"));
    writeScript(bin.resolve("spark-class"), SPARK_CLASS);
    writeScript(bin.resolve("spark-submit"), SPARK_SUBMIT);
    return new SparkHome(directory);
  }

  /** The jar for spark-submit, which the phase package makes. */
  static Path packagedJar() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("tandem-[0-9].*\\.jar"))
          .filter(file -> !file.getFileName().toString().startsWith("tandem-spark-jobs"))
          .findFirst()
          .orElseThrow(
              () -> new IllegalStateException("target has no tandem-VERSION.jar: run mvn package"))
          .toAbsolutePath();
    }
  }

  /** The script that runs a class of Spark. */
  Path sparkClass() {
    return directory.resolve("bin").resolve("spark-class");
  }

  /** The script that submits an application. */
  Path sparkSubmit() {
    return directory.resolve("bin").resolve("spark-submit");
  }

  /** Surefire keeps the real class path in a property of its own. */
  private static List<String> testClassPath() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return List.of(path.split(Pattern.quote(File.pathSeparator)));
  }

  /**
   * Whether a jar went into Tandem's: the first of its files that is not a description is there.
   */
  private static boolean isContained(Path jar, JarFile tandem) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Optional<JarEntry> first =
          file.stream()
              .filter(e -> !e.isDirectory())
              .filter(e -> !e.getName().startsWith("META-INF/"))
              .filter(e -> !e.getName().equals("module-info.class"))
              .findFirst();
      return first.isPresent() && tandem.getEntry(first.get().getName()) != null;
    }
  }

  private static void link(Path jar, Path link) throws IOException {
    Files.deleteIfExists(link);
    try {
      Files.createSymbolicLink(link, jar);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(jar, link, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void writeScript(Path file, String text) throws IOException {
    Files.writeString(file, text);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }
}
