package dev.tandem.jobs.retrieval;

/**
 * How a collection is indexed again.
 *
 * @param index how shards are built
 * @param audit how the version is audited
 * @param encode how passages become vectors
 * @param full whether to encode everything, whatever there is
 * @param maximumDeleted greatest share of deleted rows that a graph keeps, 0 to 1
 * @param maximumRemoved a collection that lost a greater share of its passages is refused, 0 to 1
 */
public record ReindexSettings(
    IndexSettings index,
    AuditSettings audit,
    EncodeSettings encode,
    boolean full,
    double maximumDeleted,
    double maximumRemoved) {}
