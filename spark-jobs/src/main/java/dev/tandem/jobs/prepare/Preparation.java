package dev.tandem.jobs.prepare;

import dev.tandem.jobs.config.DatasetConfig;
import org.apache.spark.api.java.JavaSparkContext;

/** Makes prepared data sets. */
public final class Preparation {
  private Preparation() {}

  /**
   * Reads, checks and tokenizes what the configuration names, or finds it done by an earlier run.
   *
   * @param spark the context
   * @param dataset the inputs; each of collection, queries, qrels and negatives may be unset
   * @param tokenizer the tokenizer
   * @param workspace directory under which {@code prepared/HASH} is written
   * @throws dev.tandem.jobs.failure.TandemException of kind USAGE where inputs are missing,
   *     BAD_DATA where records are malformed and {@code data.on-bad-record = fail}
   * @throws java.io.IOException where a file system fails
   */
  public static PreparedDataset prepare(
      JavaSparkContext spark,
      DatasetConfig dataset,
      TokenizerDefinition tokenizer,
      String workspace)
      throws java.io.IOException {
    throw new UnsupportedOperationException(
        "not in this commit: " + spark + dataset + tokenizer + workspace);
  }
}
