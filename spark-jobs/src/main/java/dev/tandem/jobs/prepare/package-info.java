/**
 * Tokenized data sets: collections, queries and training examples as shards that are made once for
 * the same inputs, configuration and tokenizer. May import {@code artifact}, {@code config}, {@code
 * data}, {@code javasource} and {@code dev.tandem.model.tokenize}.
 */
package dev.tandem.jobs.prepare;
