package dev.tandem.jobs.command;

import dev.tandem.jobs.config.LoadedConfig;
import dev.tandem.jobs.config.SparkConfig;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import scala.Tuple2;

/** Spark's and Hadoop's configuration for a command. */
final class SparkSettings {
  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";
  private static final String HADOOP_PREFIX = "spark.hadoop.";

  private SparkSettings() {}

  /**
   * Spark's configuration: what spark-submit was given, over it {@code spark.conf}, and Tandem's
   * own defaults where neither says anything.
   *
   * @param command the command's name
   * @param loaded the configuration
   * @param master {@code --master}; null where not given
   */
  static SparkConf spark(String command, LoadedConfig loaded, String master) {
    SparkConfig config = loaded.config().spark();
    SparkConf conf = new SparkConf();
    if (master != null) {
      conf.setMaster(master);
    } else if (loaded.isGiven("spark.master") || !conf.contains("spark.master")) {
      conf.setMaster(config.master());
    }
    config.conf().forEach(conf::set);
    conf.setAppName(
        config
            .conf()
            .getOrDefault(
                "spark.app.name", "tandem " + command + " " + loaded.config().experiment().name()));
    conf.setIfMissing("spark.driver.maxResultSize", "8g");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    conf.setIfMissing("spark.executorEnv.OMP_NUM_THREADS", "1");
    String executorOptions = conf.get(EXECUTOR_OPTIONS, "");
    if (!executorOptions.contains(VectorModule.OPTION)) {
      conf.set(EXECUTOR_OPTIONS, (executorOptions + " " + VectorModule.OPTION).strip());
    }
    if (conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.ui.enabled", "false");
    }
    return conf;
  }

  /** Hadoop's configuration: its files on the class path, and {@code spark.hadoop.*}. */
  static Configuration hadoop(Map<String, String> sparkConf) {
    Configuration hadoop = new Configuration();
    for (Tuple2<String, String> property : new SparkConf().getAll()) {
      copy(property._1(), property._2(), hadoop);
    }
    sparkConf.forEach((name, value) -> copy(name, value, hadoop));
    return hadoop;
  }

  private static void copy(String name, String value, Configuration hadoop) {
    if (name.startsWith(HADOOP_PREFIX)) {
      hadoop.set(name.substring(HADOOP_PREFIX.length()), value);
    }
  }
}
