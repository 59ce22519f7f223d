package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.queue.NegativeQueue;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import org.apache.spark.util.KnownSizeEstimation;

/**
 * What the driver tells the workers at the start of a round.
 *
 * @param run name of the training run, unique in the cluster; slots of other runs are given up
 * @param attempt number of the round's start, counted over the run; a round that is started again
 *     has a new one
 * @param round the steps to take
 * @param graph the graph's configuration in Java serialization: each slot makes its own copy
 * @param parameters the flat view of all parameters
 * @param updaterState the flat view of the updater's state, empty where it has none
 * @param iteration updates so far: what Adam's bias correction and schedules count by
 * @param accepted task attempts whose results made up the previous round; what others staged in
 *     their negative queues is taken back
 * @param queues negative queues by worker for slots that do not exist yet: those of the checkpoint
 *     in the first round after a resume, else empty
 * @param returnQueues whether results bring the negative queues, for a checkpoint
 */
@SuppressWarnings("ArrayRecordComponent") // bulk data, moved and not compared
record RoundState(
    String run,
    long attempt,
    TrainingPlan.Round round,
    byte[] graph,
    FlatFloats parameters,
    FlatFloats updaterState,
    int iteration,
    Set<Long> accepted,
    Map<Integer, NegativeQueue.Snapshot> queues,
    boolean returnQueues)
    implements Serializable, KnownSizeEstimation {

  /** Keeps Spark from walking through ND4J's objects. */
  @Override
  public long estimatedSize() {
    return 4 * (parameters.size() + updaterState.size()) + graph.length;
  }
}
