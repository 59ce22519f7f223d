package dev.tandem.jobs.train.averaging;

import dev.tandem.model.queue.NegativeQueue;
import java.io.Serializable;

/**
 * What a worker tells of its part of a round.
 *
 * @param worker its number, from 0
 * @param taskAttempt the Spark task attempt, unique in the application
 * @param host where it ran
 * @param steps parameter updates it made
 * @param pairs query-passage pairs it trained on
 * @param lossSum its loss summed over these pairs; a pair's loss is its minibatch's
 * @param queueSize entries in its negative queue afterwards
 * @param queueStartedEmpty whether its queue was new and empty
 * @param waitSeconds time to get the broadcast and to set up the graph
 * @param trainSeconds time of the steps
 * @param queue its negative queue, where it was asked for; else null
 * @param failure why it stopped early, in words for a person; null where it did not
 */
public record WorkerReport(
    int worker,
    long taskAttempt,
    String host,
    int steps,
    int pairs,
    double lossSum,
    int queueSize,
    boolean queueStartedEmpty,
    double waitSeconds,
    double trainSeconds,
    NegativeQueue.Snapshot queue,
    String failure)
    implements Serializable {}
