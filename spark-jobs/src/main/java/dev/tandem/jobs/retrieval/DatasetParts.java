package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.data.DataFormat;
import dev.tandem.jobs.data.DatasetFiles;
import dev.tandem.jobs.data.Role;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** The part of a data set's configuration that a command needs, and whether it is there. */
public final class DatasetParts {
  private DatasetParts() {}

  /** The collection alone, so that other queries or judgements do not make it another data set. */
  public static DatasetConfig collection(DatasetConfig all) {
    return with(all, all.format(), all.collection(), null, null, all.metadataFields());
  }

  /**
   * The queries and judgements alone; the queries beside a BEIR collection count. Those of Java
   * sources stand in the collection, which is then read too.
   *
   * @throws TandemException of kind USAGE if a path matches nothing
   * @throws IOException if a file system fails
   */
  public static DatasetConfig queries(DatasetConfig all, Configuration hadoop) throws IOException {
    DatasetFiles files = DatasetFiles.resolve(hadoop, all);
    if (files.format() == DataFormat.JAVA_SOURCES) {
      return collection(all);
    }
    String queries = String.join(",", files.of(Role.QUERIES));
    return with(
        all, all.format(), null, queries.isEmpty() ? null : queries, all.qrels(), List.of());
  }

  /** The same data set with passages of at most so many tokens. */
  static DatasetConfig withPassageLength(DatasetConfig all, int length) {
    return new DatasetConfig(
        all.format(),
        all.collection(),
        all.queries(),
        all.qrels(),
        all.negatives(),
        all.queryMaxLength(),
        length,
        all.queryPrefix(),
        all.passagePrefix(),
        all.onBadRecord(),
        all.metadataFields());
  }

  private static DatasetConfig with(
      DatasetConfig all,
      String format,
      String collection,
      String queries,
      String qrels,
      List<String> metadataFields) {
    return new DatasetConfig(
        format,
        collection,
        queries,
        qrels,
        null,
        all.queryMaxLength(),
        all.passageMaxLength(),
        all.queryPrefix(),
        all.passagePrefix(),
        all.onBadRecord(),
        metadataFields);
  }

  /**
   * Adds to the problems what is missing of a test collection: passages, queries or judgements.
   *
   * @param group the group of the configuration, as {@code data.validation}
   */
  public static void requireTestCollection(String group, DatasetConfig dataset, Problems problems) {
    boolean collection =
        problems.require(
            group + ".collection",
            "the passages to search, as " + group + ".collection=corpus.tsv");
    if (collection) {
      problems.checkFile(group + ".collection");
    }
    problems.checkFile(group + ".queries");
    problems.checkFile(group + ".qrels");
    if (!collection || !problems.isEmpty()) {
      return;
    }
    try {
      DatasetFiles files = DatasetFiles.resolve(new Configuration(), dataset);
      if (files.format() == DataFormat.JAVA_SOURCES) {
        return;
      }
      if (files.of(Role.QUERIES).isEmpty()) {
        problems.require(group + ".queries", "the queries, as " + group + ".queries=queries.tsv");
      }
      if (files.of(Role.QRELS).isEmpty()) {
        problems.require(
            group + ".qrels", "the relevance judgements, as " + group + ".qrels=qrels.test.tsv");
      }
    } catch (TandemException | IOException e) {
      problems.add(group + ".collection", e.getMessage());
    }
  }
}
