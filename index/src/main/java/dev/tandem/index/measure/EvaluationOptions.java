package dev.tandem.index.measure;

/**
 * What trec_eval takes as options.
 *
 * @param completeQueries {@code -c}: average over every judged query, one without results counting
 *     as zero; otherwise over the judged queries that have results
 * @param relevanceLevel {@code -l}: the lowest grade that counts as relevant for the binary
 *     measures, at least 1
 * @param maxPerTopic {@code -M}: results beyond this rank are dropped, at least 1
 * @param judgedOnly {@code -J}: results that were not judged are dropped
 * @param collectionSize {@code -N}: passages in the collection, for {@code utility} only
 */
public record EvaluationOptions(
    boolean completeQueries,
    int relevanceLevel,
    int maxPerTopic,
    boolean judgedOnly,
    long collectionSize) {

  /** trec_eval's defaults: no {@code -c}, level 1, everything retrieved counts. */
  public static final EvaluationOptions DEFAULT =
      new EvaluationOptions(false, 1, Integer.MAX_VALUE, false, 0);

  /** Checks the components. */
  public EvaluationOptions {
    if (relevanceLevel < 1) {
      throw new IllegalArgumentException(
          "relevanceLevel (-l) must be at least 1, got " + relevanceLevel);
    }
    if (maxPerTopic < 1) {
      throw new IllegalArgumentException("maxPerTopic (-M) must be at least 1, got " + maxPerTopic);
    }
    if (collectionSize < 0) {
      throw new IllegalArgumentException(
          "collectionSize (-N) must not be negative, got " + collectionSize);
    }
  }

  /** These options with {@code -c} set or not. */
  public EvaluationOptions withCompleteQueries(boolean complete) {
    return new EvaluationOptions(complete, relevanceLevel, maxPerTopic, judgedOnly, collectionSize);
  }

  /** These options with another {@code -l}. */
  public EvaluationOptions withRelevanceLevel(int level) {
    return new EvaluationOptions(completeQueries, level, maxPerTopic, judgedOnly, collectionSize);
  }

  /** These options with another {@code -M}. */
  public EvaluationOptions withMaxPerTopic(int max) {
    return new EvaluationOptions(completeQueries, relevanceLevel, max, judgedOnly, collectionSize);
  }

  /** These options with {@code -J} set or not. */
  public EvaluationOptions withJudgedOnly(boolean judged) {
    return new EvaluationOptions(
        completeQueries, relevanceLevel, maxPerTopic, judged, collectionSize);
  }

  /** These options with another {@code -N}. */
  public EvaluationOptions withCollectionSize(long size) {
    return new EvaluationOptions(completeQueries, relevanceLevel, maxPerTopic, judgedOnly, size);
  }
}
