/**
 * Training on the cluster: the run from the first validation to the best checkpoint. {@code
 * sampling} says which worker trains on what and when, {@code averaging} runs the rounds, {@code
 * checkpoint} keeps and restores them. May import {@code config}, {@code artifact}, {@code data},
 * {@code prepare}, {@code retrieval}, {@code failure}, {@code progress} and the model.
 */
package dev.tandem.jobs.train;
