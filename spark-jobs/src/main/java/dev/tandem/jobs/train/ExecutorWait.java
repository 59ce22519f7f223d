package dev.tandem.jobs.train;

import java.util.Optional;
import java.util.function.IntSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.cluster.SchedulerBackendUtils;

/**
 * Waits until a cluster's executors have registered. Spark starts an application with a part of
 * them, and on YARN and Kubernetes the others may follow a minute later.
 *
 * @param asked executors asked for; 0 where nobody knows, as on a standalone cluster
 * @param enough so many are waited for until the time is up; with fewer than asked, the others only
 *     as long as more keep coming
 * @param longestMillis the time
 */
record ExecutorWait(int asked, int enough, long longestMillis) {
  private static final String RATIO = "spark.scheduler.minRegisteredResourcesRatio";
  private static final String LONGEST = "spark.scheduler.maxRegisteredResourcesWaitingTime";
  private static final String LONGEST_DEFAULT = "120s";
  private static final long SETTLED_MILLIS = 10_000;
  private static final long POLL_MILLIS = 200;

  /** The time as it goes by; another one in tests. */
  interface Time {
    /** Milliseconds since some fixed moment. */
    long millis();

    /** Lets time go by. */
    void sleep(long millis);
  }

  /** The wait that the properties of an application ask for. */
  static ExecutorWait of(SparkConf conf) {
    String master = conf.get("spark.master", "");
    boolean asksAlways = master.startsWith("yarn") || master.startsWith("k8s");
    int asked =
        SchedulerBackendUtils.getInitialTargetExecutorNumber(
            conf, asksAlways ? SchedulerBackendUtils.DEFAULT_NUMBER_EXECUTORS() : 0);
    // Spark's own default of 0.8 is for starting; here the rest of the run depends on the number.
    int enough = (int) Math.ceil(asked * conf.getDouble(RATIO, 1));
    return new ExecutorWait(asked, Math.max(1, enough), conf.getTimeAsMs(LONGEST, LONGEST_DEFAULT));
  }

  /**
   * Waits.
   *
   * @param executors how many are registered now
   * @return how many are registered in the end
   */
  int await(IntSupplier executors, Time time) {
    long start = time.millis();
    long changed = start;
    int there = executors.getAsInt();
    long now = start;
    while (!complete(there, now - changed) && now - start < longestMillis) {
      time.sleep(POLL_MILLIS);
      now = time.millis();
      int count = executors.getAsInt();
      if (count != there) {
        there = count;
        changed = now;
      }
    }
    return there;
  }

  private boolean complete(int there, long quietMillis) {
    return isAll(there) || there >= enough && quietMillis >= SETTLED_MILLIS;
  }

  private boolean isAll(int there) {
    return asked > 0 && there >= asked;
  }

  /**
   * What to tell a person where fewer executors came than were asked for, or none.
   *
   * @param there executors that came
   * @param workers the number of workers that follows
   */
  Optional<String> shortfall(int there, int workers) {
    if (isAll(there) || asked == 0 && there > 0) {
      return Optional.empty();
    }
    return Optional.of(
        (asked == 0
                ? "No executor has registered yet"
                : "Only %d of the %d executors asked for have registered".formatted(there, asked))
            + (", so this run has %d %s to its end. Set train.workers to the number you want, or"
                    + " wait longer with spark.conf.%s.")
                .formatted(workers, workers == 1 ? "worker" : "workers", LONGEST));
  }
}
