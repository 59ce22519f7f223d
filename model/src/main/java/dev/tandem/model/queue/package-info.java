/**
 * The FIFO queue of detached passage embeddings, and of the queries that these answer, used as
 * further negatives. May import {@code loss}.
 */
package dev.tandem.model.queue;
