package dev.tandem.jobs.train;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple4;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * How many pairs the tasks of the running round have trained on. An accumulator's value reaches the
 * driver when a task ends; what tasks have added so far comes with the executors' heartbeats, and
 * is heard here. Thread-safe.
 */
final class LivePairs extends SparkListener {
  private final LongAccumulator accumulator;
  private final Map<Long, Long> byTask = new ConcurrentHashMap<>();
  private volatile long before;

  /** Listens to what tasks add to an accumulator. */
  LivePairs(LongAccumulator accumulator) {
    this.accumulator = accumulator;
  }

  /** Starts a round. */
  void startRound(long pairsBefore) {
    byTask.clear();
    before = pairsBefore;
  }

  /** Pairs of earlier rounds and those of the running round heard of so far. */
  long pairs() {
    return before + byTask.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        JavaConverters.seqAsJavaList(update.accumUpdates())) {
      for (AccumulableInfo info : JavaConverters.seqAsJavaList(task._4())) {
        if (info.id() == accumulator.id()
            && info.update().isDefined()
            && info.update().get() instanceof Long pairs) {
          byTask.put((Long) task._1(), pairs);
        }
      }
    }
  }
}
