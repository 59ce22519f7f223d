package dev.tandem.jobs.train.averaging;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.queue.NegativeQueue;
import java.io.Serializable;
import org.apache.spark.storage.BlockManagerId;

/**
 * What a worker tells of its part of a round.
 *
 * @param worker its number, from 0
 * @param taskAttempt the Spark task attempt, unique in the application
 * @param location the process where it ran
 * @param steps parameter updates it made
 * @param pairs query-passage pairs it trained on
 * @param lossSum its loss summed over these pairs; a pair's loss is its minibatch's
 * @param queueSize entries in its negative queue afterwards
 * @param queueStartedEmpty whether its queue was new and empty
 * @param updaterStateLost whether it was to go on with an updater state of its own, which was not
 *     there, and started with the last averaged one
 * @param waitSeconds time to get parameters and updater state and to set up the graph
 * @param trainSeconds time of the steps
 * @param leaveSeconds time to leave the result for the driver
 * @param queue its negative queue, where it was asked for; else null
 * @param compute what its encoders multiplied; null where the graph has none
 * @param failure why it stopped early, in words for a person; null where it did not
 */
public record WorkerReport(
    int worker,
    long taskAttempt,
    BlockManagerId location,
    int steps,
    int pairs,
    double lossSum,
    int queueSize,
    boolean queueStartedEmpty,
    boolean updaterStateLost,
    double waitSeconds,
    double trainSeconds,
    double leaveSeconds,
    NegativeQueue.Snapshot queue,
    Compute compute,
    String failure)
    implements Serializable {

  /** Host and port of the process where it ran. */
  public String host() {
    return location.hostPort();
  }
}
