/**
 * Relevance judgements (qrels) and TREC runs: their values, readers and writers.
 *
 * <p>The lowest package of the module: it may import the JDK and Hadoop's file system only.
 */
package dev.tandem.index.trec;
