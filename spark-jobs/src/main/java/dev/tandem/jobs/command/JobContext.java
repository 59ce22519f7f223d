package dev.tandem.jobs.command;

import dev.tandem.jobs.config.LoadedConfig.Setting;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What a running command works with. Spark starts when it is first asked for and stops when the
 * context is closed. For one thread.
 */
public final class JobContext implements AutoCloseable {
  private final TandemConfig config;
  private final List<Setting> settings;
  private final SparkConf sparkConf;
  private final Configuration hadoop;
  private final ProgressReporter progress;
  private final Console console;
  private final boolean ownsSpark;
  private JavaSparkContext spark;

  /**
   * Standard input, output and error.
   *
   * @param in what is typed or piped in
   * @param out results
   * @param err messages for people
   */
  public record Console(InputStream in, PrintStream out, PrintStream err) {
    /** Those of the process. */
    public static Console system() {
      return new Console(System.in, System.out, System.err);
    }
  }

  /**
   * A context; commands get one, tests of jobs make one.
   *
   * @param config the configuration
   * @param settings every key's value and origin, for what a job records of itself; may be empty
   * @param sparkConf how Spark is started, master and application name included
   * @param hadoop how file systems are found
   * @param progress shows progress
   * @param console standard input, output and error
   */
  public JobContext(
      TandemConfig config,
      List<Setting> settings,
      SparkConf sparkConf,
      Configuration hadoop,
      ProgressReporter progress,
      Console console) {
    this(config, settings, sparkConf, hadoop, progress, console, null);
  }

  private JobContext(
      TandemConfig config,
      List<Setting> settings,
      SparkConf sparkConf,
      Configuration hadoop,
      ProgressReporter progress,
      Console console,
      JavaSparkContext spark) {
    this.config = config;
    this.settings = List.copyOf(settings);
    this.sparkConf = sparkConf;
    this.hadoop = hadoop;
    this.progress = progress;
    this.console = console;
    this.spark = spark;
    this.ownsSpark = spark == null;
  }

  /** A context around a Spark context that someone else stops, for tests and for Scala users. */
  public static JobContext around(
      JavaSparkContext spark, TandemConfig config, ProgressReporter progress) {
    return new JobContext(
        config,
        List.of(),
        spark.getConf(),
        spark.hadoopConfiguration(),
        progress,
        Console.system(),
        spark);
  }

  /** The same context, Spark included, with another configuration; closing it stops nothing. */
  public JobContext with(TandemConfig other) {
    return new JobContext(other, settings, sparkConf, hadoop, progress, console, spark());
  }

  /** The configuration. */
  public TandemConfig config() {
    return config;
  }

  /** Every key's value and origin. */
  public List<Setting> settings() {
    return settings;
  }

  /** The Spark context, started at the first call. */
  public JavaSparkContext spark() {
    if (spark == null) {
      spark = new JavaSparkContext(sparkConf);
    }
    return spark;
  }

  /** How file systems are found; does not start Spark. */
  public Configuration hadoop() {
    return hadoop;
  }

  /** Shows the progress of long phases. */
  public ProgressReporter progress() {
    return progress;
  }

  /** Standard input, output and error, for a command that answers as it is asked. */
  public Console console() {
    return console;
  }

  /** Says something to the person at the console, on standard error. */
  public void say(String message) {
    console.err().println(message);
  }

  @Override
  public void close() {
    if (ownsSpark && spark != null) {
      spark.stop();
      spark = null;
    }
  }
}
