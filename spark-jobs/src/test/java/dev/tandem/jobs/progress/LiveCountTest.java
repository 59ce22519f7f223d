package dev.tandem.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveCountTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private static JavaSparkContext spark;

  /** Tasks of local mode run in this JVM, and wait for it. */
  private static CountDownLatch goOn;

  @BeforeAll
  static void startSpark() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("LiveCountTest")
                .set("spark.ui.enabled", "false")
                .set("spark.executor.heartbeatInterval", "100ms"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @BeforeEach
  void hold() {
    goOn = new CountDownLatch(1);
  }

  private static void await() throws InterruptedException {
    if (!goOn.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("nobody lets the task go on");
    }
  }

  private static CompletableFuture<Void> addAndWait(LongAccumulator counter, boolean fail) {
    return CompletableFuture.runAsync(
        () ->
            spark
                .parallelize(List.of(3, 4), 2)
                .foreach(
                    number -> {
                      counter.add(number);
                      await();
                      if (fail) {
                        throw new IllegalStateException("this task fails");
                      }
                    }));
  }

  private static void awaitValue(LiveCount count, long expected) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (count.value() != expected && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertThat(count.value()).isEqualTo(expected);
  }

  @Test
  void knowsWhatRunningTasksHaveAdded() throws InterruptedException {
    LongAccumulator counter = spark.sc().longAccumulator("units");
    counter.add(100); // before the count starts
    try (LiveCount count = LiveCount.of(spark.sc(), counter)) {
      CompletableFuture<Void> job = addAndWait(counter, false);
      awaitValue(count, 7);
      assertThat(counter.value()).isEqualTo(100);

      goOn.countDown();
      job.join();
      assertThat(count.value()).isEqualTo(7);
      spark.parallelize(List.of(5), 1).foreach(counter::add);
      assertThat(count.value()).isEqualTo(12);
    }
  }

  @Test
  void takesBackWhatFailedTasksHadAdded() throws InterruptedException {
    LongAccumulator counter = spark.sc().longAccumulator("units");
    try (LiveCount count = LiveCount.of(spark.sc(), counter)) {
      CompletableFuture<Void> job = addAndWait(counter, true);
      awaitValue(count, 7);

      goOn.countDown();
      assertThatThrownBy(job::join).hasCauseInstanceOf(SparkException.class);
      awaitValue(count, 0);
    }
  }

  @Test
  void beginsAtZeroAgain() {
    LongAccumulator counter = spark.sc().longAccumulator("units");
    try (LiveCount count = LiveCount.of(spark.sc(), counter)) {
      spark.parallelize(List.of(3, 4), 2).foreach(counter::add);
      assertThat(count.value()).isEqualTo(7);
      count.restart();
      spark.parallelize(List.of(5), 1).foreach(counter::add);
      assertThat(count.value()).isEqualTo(5);
    }
  }
}
