package dev.tandem.jobs.config;

import java.io.Serializable;
import java.util.List;

/** One data set: the keys of {@code data}, {@code data.train} and {@code data.validation}. */
public record DatasetConfig(
    @OneOf({"auto", "tsv", "beir", "java-sources"}) String format,
    @Unset String collection,
    @Unset String queries,
    @Unset String qrels,
    @Unset String negatives,
    @Range(min = 2, max = 8192) int queryMaxLength,
    @Range(min = 2, max = 8192) int passageMaxLength,
    String queryPrefix,
    String passagePrefix,
    @OneOf({"fail", "skip"}) String onBadRecord,
    List<String> metadataFields)
    implements Serializable {}
