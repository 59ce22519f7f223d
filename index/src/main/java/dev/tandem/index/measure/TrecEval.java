package dev.tandem.index.measure;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import java.util.List;

/** trec_eval as a function: judgements and a run in, measures out. */
public final class TrecEval {

  private TrecEval() {}

  /** Every measure of {@code all_trec} with trec_eval's default options. */
  public static Evaluation evaluate(Qrels qrels, TrecRun run) {
    return evaluate(qrels, run, EvaluationOptions.DEFAULT);
  }

  /** Every measure of {@code all_trec}. */
  public static Evaluation evaluate(Qrels qrels, TrecRun run, EvaluationOptions options) {
    return evaluate(qrels, run, options, MeasureSet.allTrec());
  }

  /**
   * The given measures of a run.
   *
   * @throws IllegalArgumentException if no judged query has results
   */
  public static Evaluation evaluate(
      Qrels qrels, TrecRun run, EvaluationOptions options, MeasureSet measures) {
    Evaluator evaluator = new Evaluator(qrels, measures, options);
    for (String query : qrels.queries()) {
      List<RankedPassage> ranking = run.ranking(query);
      evaluator.add(query, ranking.size(), rank -> ranking.get(rank).id());
    }
    return evaluator.finish(run.tag());
  }
}
