package dev.tandem.jobs.data;

import java.io.Serializable;
import java.util.List;

/**
 * One query with one of its relevant passages, ready to train on.
 *
 * @param index position among all examples of the data set, from 0 without gaps, the same in every
 *     run over the same data
 * @param query the query
 * @param positive the relevant passage
 * @param hardNegatives hard negatives of the query, may be empty
 * @param knownPositives ids of all passages judged relevant for the query, {@code positive}
 *     included, sorted
 */
public record TrainingExample(
    long index,
    TokenizedText query,
    TokenizedText positive,
    List<TokenizedText> hardNegatives,
    List<String> knownPositives)
    implements Serializable {}
