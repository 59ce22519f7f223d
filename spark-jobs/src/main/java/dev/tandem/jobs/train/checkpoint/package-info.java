/**
 * What is needed to go on with a training run, on any Hadoop file system. May import {@code
 * failure} and {@code train.averaging}.
 */
package dev.tandem.jobs.train.checkpoint;
