package dev.tandem.jobs.train;

import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many workers train at once: one a task slot of the cluster. */
final class WorkerCount {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerCount.class);
  private static final long LONGEST_WAIT_MILLIS = 60_000;
  private static final long SETTLED_MILLIS = 3_000;
  private static final long POLL_MILLIS = 200;

  private WorkerCount() {}

  /**
   * The number of task slots. On a cluster waits until executors have registered: until as many as
   * were asked for are there, or no more have come for three seconds, or a minute has passed.
   */
  static int ofSlots(JavaSparkContext spark) {
    if (spark.isLocal()) {
      return slots(spark);
    }
    int expected = spark.getConf().getInt("spark.executor.instances", Integer.MAX_VALUE);
    long start = System.currentTimeMillis();
    long changed = start;
    int executors = 0;
    while (executors < expected
        && System.currentTimeMillis() - start < LONGEST_WAIT_MILLIS
        && (executors == 0 || System.currentTimeMillis() - changed < SETTLED_MILLIS)) {
      // The driver is among them
      int now = spark.sc().statusTracker().getExecutorInfos().length - 1;
      if (now != executors) {
        executors = now;
        changed = System.currentTimeMillis();
      }
      sleep();
    }
    int slots = slots(spark);
    LOG.info("{} executors with {} task slots together", executors, slots);
    return slots;
  }

  /** What Spark can run at once, by cores, cores a task and GPUs; not the default parallelism. */
  private static int slots(JavaSparkContext spark) {
    SparkContext context = spark.sc();
    return Math.max(
        1,
        context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile()));
  }

  private static void sleep() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for executors", e);
    }
  }
}
