package dev.tandem.jobs.retrieval;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.index.trec.TrecFormatException;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;

/** The queries that have judgements; BEIR collections keep those of all splits in one file. */
final class JudgedQueries {
  private JudgedQueries() {}

  static JavaRDD<TokenizedText> of(JavaRDD<TokenizedText> queries, Qrels qrels) {
    Set<String> judged = new HashSet<>(qrels.queries());
    return queries.filter(query -> judged.contains(query.id()));
  }

  /**
   * Reads the judgements of a prepared data set.
   *
   * @param group where the data set is configured, {@code data} or {@code data.validation}
   * @throws TandemException of kind BAD_DATA if there is none, so that nothing can be measured
   * @throws IOException if they cannot be read
   */
  static Qrels read(PreparedDataset dataset, String group, Configuration hadoop)
      throws IOException {
    Path file = dataset.qrels().orElseThrow(() -> nothingToMeasure(dataset, group));
    if (dataset.judgementCount() == 0) {
      throw nothingToMeasure(dataset, group);
    }
    try {
      return QrelsReader.read(file, hadoop);
    } catch (TrecFormatException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
  }

  private static TandemException nothingToMeasure(PreparedDataset dataset, String group) {
    Map<String, Long> skipped = dataset.skipped();
    return new TandemException(
        TandemException.Kind.BAD_DATA,
        "There are no relevance judgements to measure with: no line of %s.qrels names a query of %s.queries"
                .formatted(group, group)
            + " and a passage that is there"
            + (skipped.isEmpty() ? "" : "; left out as bad were " + skipped)
            + ". The prepared data set is "
            + dataset.path()
            + ".");
  }

  /**
   * Checks that there is something to retrieve for.
   *
   * @throws TandemException of kind BAD_DATA if there is no query
   */
  static void requireAny(EncodedQueries queries, String group) {
    if (queries.ids().length == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "There is no query to retrieve for in " + group + ".queries.");
    }
  }
}
