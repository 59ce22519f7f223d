package dev.tandem.jobs.retrieval;

import dev.tandem.index.trec.Qrels;
import dev.tandem.jobs.data.TokenizedText;
import java.util.HashSet;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;

/** The queries that have judgements; BEIR collections keep those of all splits in one file. */
final class JudgedQueries {
  private JudgedQueries() {}

  static JavaRDD<TokenizedText> of(JavaRDD<TokenizedText> queries, Qrels qrels) {
    Set<String> judged = new HashSet<>(qrels.queries());
    return queries.filter(query -> judged.contains(query.id()));
  }
}
