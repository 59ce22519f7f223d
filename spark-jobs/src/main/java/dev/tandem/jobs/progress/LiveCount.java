package dev.tandem.jobs.progress;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple4;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * What tasks have added to an accumulator, those that still run included. The accumulator itself
 * learns of it when a task ends; what a running task has added so far comes with the heartbeats of
 * its executor, and is heard here until closed. What a failed task had added is taken back.
 * Thread-safe.
 */
public final class LiveCount extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final LongAccumulator counter;
  private long before;
  private long sinceMillis;
  private final Map<Long, Long> byTask = new HashMap<>();
  private final Set<Long> ended = new HashSet<>();

  private LiveCount(SparkContext spark, LongAccumulator counter) {
    this.spark = spark;
    this.counter = counter;
    this.before = counter.value();
    this.sinceMillis = System.currentTimeMillis();
  }

  /**
   * Starts to count.
   *
   * @param spark whose tasks add
   * @param counter what they add to
   */
  public static LiveCount of(SparkContext spark, LongAccumulator counter) {
    LiveCount count = new LiveCount(spark, counter);
    spark.addSparkListener(count);
    return count;
  }

  /** What has been added since the count started, as far as it was heard of. */
  public synchronized long value() {
    long heard = byTask.values().stream().mapToLong(Long::longValue).sum();
    return Math.max(heard, counter.value() - before);
  }

  /** Begins at zero again, while no task runs; the end of one may be heard of later. */
  public synchronized void restart() {
    ended.addAll(byTask.keySet());
    byTask.clear();
    before = counter.value();
    sinceMillis = System.currentTimeMillis();
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        JavaConverters.seqAsJavaList(update.accumUpdates())) {
      Long id = (Long) task._1();
      // A heartbeat can be heard after the end of the task it tells of.
      if (!ended.contains(id)) {
        added(task._4()).ifPresent(count -> byTask.put(id, count));
      }
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    long id = end.taskInfo().taskId();
    ended.add(id);
    boolean counts = end.taskInfo().successful() && end.taskInfo().launchTime() >= sinceMillis;
    Optional<Long> count = added(end.taskInfo().accumulables());
    if (counts && count.isPresent()) {
      byTask.put(id, count.get());
    } else {
      byTask.remove(id);
    }
  }

  private Optional<Long> added(Seq<AccumulableInfo> updates) {
    for (AccumulableInfo info : JavaConverters.seqAsJavaList(updates)) {
      if (info.id() == counter.id()
          && info.update().isDefined()
          && info.update().get() instanceof Long count) {
        return Optional.of(count);
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    spark.removeSparkListener(this);
  }
}
