package dev.tandem.jobs.retrieval;

import dev.tandem.index.measure.Evaluation;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;

/**
 * What a retrieval found.
 *
 * @param queries queries searched for
 * @param evaluation its measures, every one of {@code trec_eval -m all_trec}; empty without qrels
 * @param directory where {@code run.trec}, {@code metrics.json} and {@code per-query.tsv} are;
 *     empty where nothing was to be written
 * @param passing passages that pass the filter; empty without one
 */
public record RetrievalResult(
    int queries, Optional<Evaluation> evaluation, Optional<Path> directory, OptionalLong passing) {

  RetrievalResult among(Passing passages) {
    return new RetrievalResult(
        queries,
        evaluation,
        directory,
        passages.filter().isEmpty() ? OptionalLong.empty() : OptionalLong.of(passages.passages()));
  }

  /** Values of all measures by trec_eval's names; empty without qrels. */
  public Map<String, Double> measures() {
    return evaluation.map(Evaluation::summary).orElse(Map.of());
  }
}
