package dev.tandem.jobs.train.checkpoint;

import dev.tandem.jobs.train.averaging.FlatFloats;
import dev.tandem.model.queue.NegativeQueue;
import java.util.Map;

/**
 * All that a training run needs to go on as if it had never stopped.
 *
 * @param progress how far it has come
 * @param parameters the flat view of all parameters
 * @param updaterState the flat view of the updater's state
 * @param queues the negative queues by worker; empty where there are none or they were too large to
 *     keep
 */
public record TrainingCheckpoint(
    CheckpointProgress progress,
    FlatFloats parameters,
    FlatFloats updaterState,
    Map<Integer, NegativeQueue.Snapshot> queues) {

  public TrainingCheckpoint {
    queues = Map.copyOf(queues);
  }
}
