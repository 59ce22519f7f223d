/**
 * Encoding collections into vector shards, building and auditing index versions of them,
 * distributed retrieval, exact or by graphs, single queries in one process, and validation of a
 * model. May import {@code artifact}, {@code config}, {@code data}, {@code failure}, {@code
 * prepare} and {@code progress}.
 */
package dev.tandem.jobs.retrieval;
