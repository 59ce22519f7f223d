package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.queue.NegativeQueue;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;

/**
 * What the driver tells the workers at the start of a round, besides parameters and updater state.
 *
 * @param run name of the training run, unique in the cluster; slots of other runs are given up
 * @param attempt number of the round's start, counted over the run; a round that is started again
 *     has a new one
 * @param round the steps to take
 * @param graph the graph's configuration in Java serialization: each slot makes its own copy
 * @param iteration updates so far: what Adam's bias correction and schedules count by
 * @param averaging how the workers come together
 * @param commonUpdaterState whether all workers start with the driver's updater state, though they
 *     may have one of their own
 * @param returnUpdaterState whether results bring the updater state
 * @param accepted task attempts whose results made up the previous round; what others staged in
 *     their slots is taken back
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
    int iteration,
    AveragingSettings averaging,
    boolean commonUpdaterState,
    boolean returnUpdaterState,
    Set<Long> accepted,
    Map<Integer, NegativeQueue.Snapshot> queues,
    boolean returnQueues)
    implements Serializable {

  /** Whether workers keep what the round makes of their updater state for the next one. */
  boolean keepsUpdaterState() {
    return averaging.updaterState() == UpdaterState.LOCAL && !returnUpdaterState;
  }

  /** Whether it tells workers what they need to know for a round that is to be run like this. */
  boolean isFor(TrainingPlan.Round round, boolean returnQueues, boolean returnUpdaterState) {
    return this.round.equals(round)
        && this.returnQueues == returnQueues
        && this.returnUpdaterState == returnUpdaterState;
  }

  /** Whether all workers begin with the driver's updater state. */
  boolean sendsUpdaterState() {
    return averaging.updaterState() == UpdaterState.AVERAGE
        || averaging.updaterState() == UpdaterState.LOCAL && commonUpdaterState;
  }
}
