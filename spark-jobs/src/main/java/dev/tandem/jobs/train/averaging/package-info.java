/**
 * Parameter averaging: DL4J's training master and worker with counters that survive, a compact wire
 * format and negative queues that survive the round. May import {@code train.sampling}, {@code
 * failure} and the model.
 */
package dev.tandem.jobs.train.averaging;
