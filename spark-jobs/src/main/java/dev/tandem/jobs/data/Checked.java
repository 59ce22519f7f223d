package dev.tandem.jobs.data;

/**
 * What a check found.
 *
 * @param skipped the records to leave out
 * @param passages passages that can be parsed, duplicates counted; for showing progress
 * @param queries queries that can be parsed, duplicates counted; for showing progress
 */
public record Checked(Skipped skipped, long passages, long queries) {}
