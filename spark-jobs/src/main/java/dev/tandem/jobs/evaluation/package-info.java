/**
 * What {@code evaluate} shows and writes of several runs: tables, JSON and per-query data of their
 * comparisons. May import nothing of Spark and nothing else of Tandem's jobs.
 */
package dev.tandem.jobs.evaluation;
