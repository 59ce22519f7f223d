/**
 * The order of the training examples: a function of seed, epoch and worker count alone. May import
 * {@code data}.
 */
package dev.tandem.jobs.train.sampling;
