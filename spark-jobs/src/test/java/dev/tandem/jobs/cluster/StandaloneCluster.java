package dev.tandem.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real standalone Spark cluster on this machine: a master and workers of one core each, every one
 * a process of its own, on ephemeral ports of the loopback address. Closing it ends the processes
 * it started.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Pattern MASTER_URL = Pattern.compile("spark://127\\.0\\.0\\.1:[1-9]\\d*");
  private static final Pattern REGISTERED = Pattern.compile("Successfully registered with master");

  /**
   * How a submitted application ended.
   *
   * @param exitStatus of spark-submit
   * @param output what it wrote to standard output
   * @param messages what it wrote to standard error
   */
  record Outcome(int exitStatus, String output, String messages) {}

  private final SparkHome home;
  private final Path directory;
  private final List<Process> workers = new ArrayList<>();
  private final Process master;
  private final String masterUrl;

  private StandaloneCluster(SparkHome home, Path directory, int workerCount, String workerMemory)
      throws IOException, InterruptedException {
    this.home = home;
    this.directory = Files.createDirectories(directory);
    master =
        daemon(
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--webui-port",
            "0");
    try {
      masterUrl = awaitInLog("master", master, MASTER_URL);
      for (int i = 0; i < workerCount; i++) {
        workers.add(
            daemon(
                "worker-" + i,
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                "127.0.0.1",
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                workerMemory,
                "--work-dir",
                directory.resolve("work-" + i).toString(),
                masterUrl));
      }
      for (int i = 0; i < workerCount; i++) {
        awaitInLog("worker-" + i, workers.get(i), REGISTERED);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Starts a cluster and waits until all its workers are registered. */
  static StandaloneCluster start(SparkHome home, Path directory, int workers, String workerMemory)
      throws IOException, InterruptedException {
    return new StandaloneCluster(home, directory, workers, workerMemory);
  }

  /** The address of the master. */
  String masterUrl() {
    return masterUrl;
  }

  /**
   * Starts spark-submit with this cluster's master.
   *
   * @param name for the files its output goes to
   * @param arguments everything after {@code --master URL}
   */
  Submission submit(String name, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    Collections.addAll(command, home.sparkSubmit().toString(), "--master", masterUrl);
    command.addAll(arguments);
    Path output = directory.resolve(name + ".out");
    Path messages = directory.resolve(name + ".err");
    ProcessBuilder builder =
        environment(new ProcessBuilder(command))
            .redirectOutput(output.toFile())
            .redirectError(messages.toFile());
    return new Submission(builder.start(), output, messages);
  }

  /**
   * The process id of one executor of a worker, if it has one.
   *
   * @param worker number of the worker from 0
   */
  List<ProcessHandle> executorsOf(int worker) {
    return workers.get(worker).descendants().filter(ProcessHandle::isAlive).toList();
  }

  /** Ends a worker and its executors at once, as {@code kill -9} does. */
  void killWorker(int worker) {
    List<ProcessHandle> executors = executorsOf(worker);
    workers.get(worker).toHandle().destroyForcibly();
    executors.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    List<Process> all = new ArrayList<>(workers);
    all.add(master);
    for (Process process : all) {
      List<ProcessHandle> descendants = process.descendants().toList();
      process.destroyForcibly();
      descendants.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private Process daemon(String name, String... command) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(home.sparkClass().toString());
    Collections.addAll(words, command);
    Path log = directory.resolve(name + ".log");
    return environment(new ProcessBuilder(words))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private static ProcessBuilder environment(ProcessBuilder builder) {
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_DAEMON_MEMORY", "256m");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("SPARK_HOME");
    builder.environment().remove("SPARK_CONF_DIR");
    return builder;
  }

  private String awaitInLog(String name, Process process, Pattern pattern)
      throws IOException, InterruptedException {
    Path log = directory.resolve(name + ".log");
    Instant limit = Instant.now().plus(START_LIMIT);
    while (true) {
      String text = Files.exists(log) ? Files.readString(log) : "";
      Matcher matcher = pattern.matcher(text);
      if (matcher.find()) {
        return matcher.group();
      }
      if (!process.isAlive() || Instant.now().isAfter(limit)) {
        throw new IllegalStateException(
            name + " did not start within " + START_LIMIT + "; its log:\n" + text);
      }
      Thread.sleep(100);
    }
  }

  /** An application that was submitted. */
  static final class Submission implements AutoCloseable {
    private final Process process;
    private final Path output;
    private final Path messages;

    private Submission(Process process, Path output, Path messages) {
      this.process = process;
      this.output = output;
      this.messages = messages;
    }

    /** Whether it still runs. */
    boolean isRunning() {
      return process.isAlive();
    }

    /** What it has written to standard error so far. */
    String messagesSoFar() {
      try {
        return Files.readString(messages);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Waits for its end; ends it and fails where the time is up. */
    Outcome await(Duration limit) throws IOException, InterruptedException {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        close();
        throw new IllegalStateException(
            "still running after " + limit + "; its messages:\n" + Files.readString(messages));
      }
      return new Outcome(process.exitValue(), Files.readString(output), Files.readString(messages));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
