/**
 * Searching a published index by hand, in one process without Spark: which version is searched and
 * when another one takes its place, the model of its queries, answers as text and JSON, the prompt.
 * May import {@code config}, {@code failure}, {@code progress}, {@code retrieval}, {@link
 * dev.tandem.index.catalogue} and {@link dev.tandem.index.filter}.
 */
package dev.tandem.jobs.search;
