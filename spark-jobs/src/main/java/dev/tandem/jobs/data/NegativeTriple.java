package dev.tandem.jobs.data;

import java.io.Serializable;

/**
 * One line of the negatives.
 *
 * @param queryId the query
 * @param positiveId a passage relevant for it
 * @param negativeId a passage that is not relevant for it but looks so
 */
public record NegativeTriple(String queryId, String positiveId, String negativeId)
    implements Serializable {}
