package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.Minibatch;
import java.util.List;
import java.util.Map;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.BlockManagerId;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * A round as a Spark data set: one partition a worker, over its minibatches, computed where the
 * worker was in the round before. Left to itself Spark would deal the workers anew at the beginning
 * of each epoch, and a negative queue or an updater state that a worker keeps would be left behind.
 */
final class PlacedRound extends RDD<WorkerReport> {
  private static final long serialVersionUID = 1L;
  private static final ClassTag<WorkerReport> REPORT = ClassTag$.MODULE$.apply(WorkerReport.class);
  private static final ClassTag<Minibatch> MINIBATCH = ClassTag$.MODULE$.apply(Minibatch.class);

  private final ContrastiveTrainingWorker worker;
  private final transient Map<Integer, BlockManagerId> places;

  /**
   * A round.
   *
   * @param epoch the epoch's minibatches, one partition a worker
   * @param places where workers were; those that are not named may go anywhere
   */
  PlacedRound(
      JavaRDD<Minibatch> epoch,
      ContrastiveTrainingWorker worker,
      Map<Integer, BlockManagerId> places) {
    super(epoch.rdd(), REPORT);
    this.worker = worker;
    this.places = places;
  }

  @Override
  public Partition[] getPartitions() {
    return this.<Minibatch>firstParent(MINIBATCH).partitions();
  }

  @Override
  public Iterator<WorkerReport> compute(Partition split, TaskContext context) {
    Iterator<Minibatch> minibatches =
        this.<Minibatch>firstParent(MINIBATCH).iterator(split, context);
    return JavaConverters.asScalaIterator(
        worker.train(split.index(), JavaConverters.asJavaIterator(minibatches)));
  }

  @Override
  public Seq<String> getPreferredLocations(Partition split) {
    BlockManagerId place = places.get(split.index());
    return place == null ? JavaConverters.asScalaBuffer(List.<String>of()).toSeq() : at(place);
  }

  /** Spark's notation of a preferred location that is a process, not only a host. */
  static Seq<String> at(BlockManagerId process) {
    return JavaConverters.asScalaBuffer(
            List.of("executor_" + process.host() + "_" + process.executorId()))
        .toSeq();
  }
}
