package dev.tandem.jobs.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.jobs.config.ConfigLoader;
import dev.tandem.jobs.config.ConfigSources;
import dev.tandem.jobs.config.LoadedConfig;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SparkSettingsTest {
  @AfterEach
  void forgetSubmittedMaster() {
    System.clearProperty("spark.master");
  }

  @Test
  void theCommandLinesMasterWinsOverTheConfigurationsAndThatOverSparkSubmits() {
    assertThat(master(null)).isEqualTo("local[*]");
    System.setProperty("spark.master", "spark://submitted:7077");
    assertThat(master(null)).isEqualTo("spark://submitted:7077");
    assertThat(master(null, "spark.master=yarn")).isEqualTo("yarn");
    assertThat(master("local[3]", "spark.master=yarn")).isEqualTo("local[3]");
  }

  @Test
  void executorsAlwaysGetTheVectorModule() {
    assertThat(conf(null).get("spark.executor.extraJavaOptions"))
        .isEqualTo("--add-modules=jdk.incubator.vector");
    assertThat(
            conf(null, "spark.conf.spark.executor.extraJavaOptions=-Da=b")
                .get("spark.executor.extraJavaOptions"))
        .isEqualTo("-Da=b --add-modules=jdk.incubator.vector");
  }

  @Test
  void whatTheConfigurationSaysIsNotReplacedByDefaults() {
    SparkConf conf =
        conf(
            null,
            "spark.conf.spark.driver.maxResultSize=1g",
            "spark.conf.spark.ui.enabled=true",
            "experiment.name=mine");

    assertThat(conf.get("spark.driver.maxResultSize")).isEqualTo("1g");
    assertThat(conf.get("spark.ui.enabled")).isEqualTo("true");
    assertThat(conf.get("spark.app.name")).isEqualTo("tandem train mine");
  }

  @Test
  void hadoopTakesSparksPropertiesForIt() {
    Configuration hadoop = SparkSettings.hadoop(Map.of("spark.hadoop.fs.s3a.endpoint", "e"));

    assertThat(hadoop.get("fs.s3a.endpoint")).isEqualTo("e");
  }

  private static String master(String option, String... overrides) {
    return conf(option, overrides).get("spark.master");
  }

  private static SparkConf conf(String master, String... overrides) {
    LoadedConfig loaded =
        new ConfigLoader(new Configuration(false))
            .load(new ConfigSources(List.of(), List.of(overrides)));
    return SparkSettings.spark("train", loaded, master);
  }
}
