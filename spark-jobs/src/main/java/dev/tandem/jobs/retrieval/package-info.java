/**
 * Encoding collections into vector shards, distributed exact retrieval, and validation of a model.
 * May import {@code artifact}, {@code config}, {@code data}, {@code failure}, {@code prepare} and
 * {@code progress}.
 */
package dev.tandem.jobs.retrieval;
