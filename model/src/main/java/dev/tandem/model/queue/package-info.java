/**
 * The FIFO queue of detached passage embeddings used as further negatives. May import {@code loss}.
 */
package dev.tandem.model.queue;
