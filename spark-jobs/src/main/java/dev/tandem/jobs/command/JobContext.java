package dev.tandem.jobs.command;

import dev.tandem.jobs.config.LoadedConfig.Setting;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.progress.ProgressReporter;
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
  private final PrintStream err;
  private final boolean ownsSpark;
  private JavaSparkContext spark;

  /**
   * A context; commands get one, tests of jobs make one.
   *
   * @param config the configuration
   * @param settings every key's value and origin, for what a job records of itself; may be empty
   * @param sparkConf how Spark is started, master and application name included
   * @param hadoop how file systems are found
   * @param progress shows progress
   * @param err messages for people
   */
  public JobContext(
      TandemConfig config,
      List<Setting> settings,
      SparkConf sparkConf,
      Configuration hadoop,
      ProgressReporter progress,
      PrintStream err) {
    this(config, settings, sparkConf, hadoop, progress, err, null);
  }

  private JobContext(
      TandemConfig config,
      List<Setting> settings,
      SparkConf sparkConf,
      Configuration hadoop,
      ProgressReporter progress,
      PrintStream err,
      JavaSparkContext spark) {
    this.config = config;
    this.settings = List.copyOf(settings);
    this.sparkConf = sparkConf;
    this.hadoop = hadoop;
    this.progress = progress;
    this.err = err;
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
        System.err,
        spark);
  }

  /** The same context, Spark included, with another configuration; closing it stops nothing. */
  public JobContext with(TandemConfig other) {
    return new JobContext(other, settings, sparkConf, hadoop, progress, err, spark());
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

  /** Says something to the person at the console, on standard error. */
  public void say(String message) {
    err.println(message);
  }

  @Override
  public void close() {
    if (ownsSpark && spark != null) {
      spark.stop();
      spark = null;
    }
  }
}
