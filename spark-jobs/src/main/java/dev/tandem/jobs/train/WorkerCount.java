package dev.tandem.jobs.train;

import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many workers train at once: one a task slot of the cluster. */
public final class WorkerCount {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerCount.class);

  private WorkerCount() {}

  /**
   * The number of task slots, at least 1. On a cluster it is counted when the executors asked for
   * are there, see {@link ExecutorWait}, as a run keeps its number of workers.
   */
  public static int ofSlots(JavaSparkContext spark) {
    if (spark.isLocal()) {
      return slots(spark);
    }
    LOG.info("Counting task slots; train.workers=NUMBER saves waiting for executors");
    ExecutorWait wait = ExecutorWait.of(spark.getConf());
    int executors = wait.await(() -> registered(spark), SystemTime.INSTANCE);
    int slots = slots(spark);
    LOG.info("{} executors with {} task slots together", executors, slots);
    wait.shortfall(executors, slots).ifPresent(LOG::warn);
    return slots;
  }

  private static int registered(JavaSparkContext spark) {
    // The driver is among them
    return spark.sc().statusTracker().getExecutorInfos().length - 1;
  }

  /** What Spark can run at once, by cores, cores a task and GPUs; not the default parallelism. */
  private static int slots(JavaSparkContext spark) {
    SparkContext context = spark.sc();
    return Math.max(
        1,
        context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile()));
  }

  private enum SystemTime implements ExecutorWait.Time {
    INSTANCE;

    @Override
    public long millis() {
      return System.nanoTime() / 1_000_000;
    }

    @Override
    public void sleep(long millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for executors", e);
      }
    }
  }
}
