package dev.tandem.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ExecutorWaitTest {
  private final Clock clock = new Clock();

  /** Time that goes by when it is slept away. */
  private static final class Clock implements ExecutorWait.Time {
    private long now = 5_000_000;
    private final long start = now;

    @Override
    public long millis() {
      return now;
    }

    @Override
    public void sleep(long millis) {
      now += millis;
    }

    long seconds() {
      return (now - start) / 1000;
    }
  }

  /** Waits on a cluster where there are so many executors from each of some seconds on. */
  private int await(ExecutorWait wait, Map<Integer, Integer> executors) {
    TreeMap<Integer, Integer> bySecond = new TreeMap<>(executors);
    bySecond.putIfAbsent(0, 0);
    return wait.await(() -> bySecond.floorEntry((int) clock.seconds()).getValue(), clock);
  }

  private static ExecutorWait wait(String... properties) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < properties.length; i += 2) {
      conf.set(properties[i], properties[i + 1]);
    }
    return ExecutorWait.of(conf);
  }

  @Test
  void waitsForAllThatWereAskedForThoughTheyComeSlowly() {
    ExecutorWait wait = wait("spark.master", "yarn", "spark.executor.instances", "4");

    assertThat(await(wait, Map.of(1, 1, 30, 2, 60, 3, 95, 4))).isEqualTo(4);
    assertThat(clock.seconds()).isEqualTo(95);
    assertThat(wait.shortfall(4, 16)).isEmpty();
  }

  @Test
  void countsWithWhatIsThereWhenTheTimeIsUpAndSaysSo() {
    ExecutorWait wait = wait("spark.master", "k8s://host", "spark.executor.instances", "4");

    assertThat(await(wait, Map.of(2, 3))).isEqualTo(3);
    assertThat(clock.seconds()).isEqualTo(120);
    assertThat(wait.shortfall(3, 12))
        .hasValue(
            "Only 3 of the 4 executors asked for have registered, so this run has 12 workers to"
                + " its end. Set train.workers to the number you want, or wait longer with"
                + " spark.conf.spark.scheduler.maxRegisteredResourcesWaitingTime.");
  }

  @Test
  void theTimeIsSparks() {
    ExecutorWait wait =
        wait(
            "spark.executor.instances",
            "4",
            "spark.scheduler.maxRegisteredResourcesWaitingTime",
            "5min");

    assertThat(await(wait, Map.of(250, 4))).isEqualTo(4);
    assertThat(clock.seconds()).isEqualTo(250);
  }

  @Test
  void aRatioOfThemIsEnoughWhereTheOthersDoNotFollow() {
    ExecutorWait wait =
        wait("spark.executor.instances", "8", "spark.scheduler.minRegisteredResourcesRatio", "0.7");

    assertThat(await(wait, Map.of(3, 5, 40, 6, 45, 7))).isEqualTo(7);
    assertThat(clock.seconds()).isEqualTo(55);
    assertThat(wait.shortfall(7, 7)).get().asString().startsWith("Only 7 of the 8 executors");
  }

  @Test
  void yarnAndKubernetesAreAskedForTwoWhereNobodySaysHowMany() {
    assertThat(wait("spark.master", "yarn").asked()).isEqualTo(2);
    assertThat(wait("spark.master", "k8s://https://host").asked()).isEqualTo(2);
    assertThat(wait("spark.master", "spark://host:7077").asked()).isZero();
  }

  @Test
  void dynamicAllocationAsksForItsInitialExecutors() {
    assertThat(
            wait(
                    "spark.master",
                    "yarn",
                    "spark.dynamicAllocation.enabled",
                    "true",
                    "spark.dynamicAllocation.initialExecutors",
                    "3")
                .asked())
        .isEqualTo(3);
  }

  @Test
  void whereNobodyKnowsHowManyItWaitsUntilNoMoreCome() {
    ExecutorWait wait = wait("spark.master", "spark://host:7077");

    assertThat(await(wait, Map.of(4, 1, 12, 2, 21, 3))).isEqualTo(3);
    assertThat(clock.seconds()).isEqualTo(31);
    assertThat(wait.shortfall(3, 6)).isEmpty();
  }

  @Test
  void oneThatIsLostIsWaitedFor() {
    ExecutorWait wait = wait("spark.master", "spark://host:7077");

    assertThat(await(wait, Map.of(0, 3, 8, 2, 12, 3))).isEqualTo(3);
    assertThat(clock.seconds()).isEqualTo(22);
  }

  @Test
  void saysWhereNoneCame() {
    ExecutorWait wait = wait("spark.master", "spark://host:7077");

    assertThat(await(wait, Map.of())).isZero();
    assertThat(clock.seconds()).isEqualTo(120);
    assertThat(wait.shortfall(0, 1))
        .get()
        .asString()
        .startsWith("No executor has registered yet, so this run has 1 worker to its end.")
        .contains("train.workers");
  }
}
