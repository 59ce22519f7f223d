package dev.tandem.jobs.retrieval;

/**
 * How a version is audited before it is published.
 *
 * @param queries vectors drawn from the index to search for
 * @param seed of the draw
 * @param minimumRecall an index whose recall at depth 10 is below this is not published
 */
public record AuditSettings(int queries, long seed, double minimumRecall) {}
