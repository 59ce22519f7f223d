package dev.tandem.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class WorkerCountTest {
  @Test
  void isOneATaskSlotWhateverTheDefaultParallelism() {
    assertThat(slots(new SparkConf().set("spark.task.cpus", "2"))).isEqualTo(2);
    assertThat(slots(new SparkConf().set("spark.default.parallelism", "9"))).isEqualTo(5);
  }

  private static int slots(SparkConf conf) {
    conf.setMaster("local[5]").setAppName("WorkerCountTest").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      return WorkerCount.ofSlots(spark);
    }
  }
}
