package dev.tandem.jobs.quickstart;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.RankedPassage;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.jobs.prepare.PreparedDataset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;

/** What quickstart shows at its end: measures and examples before and after. */
public final class QuickstartReport {
  private static final int PASSAGE_WIDTH = 96;
  private static final List<Map.Entry<String, String>> MEASURES =
      List.of(
          Map.entry("nDCG@10", "ndcg_cut_10"),
          Map.entry("MRR", "recip_rank"),
          Map.entry("recall@100", "recall_100"));

  private final Qrels qrels;
  private final TrecRun before;
  private final TrecRun after;
  private final List<RankChange> examples;
  private final Map<String, String> queries;
  private final Map<String, String> passages;

  private QuickstartReport(
      Qrels qrels,
      TrecRun before,
      TrecRun after,
      List<RankChange> examples,
      Map<String, String> queries,
      Map<String, String> passages) {
    this.qrels = qrels;
    this.before = before;
    this.after = after;
    this.examples = examples;
    this.queries = queries;
    this.passages = passages;
  }

  /**
   * Draws examples and looks up their texts.
   *
   * @param test the data set searched
   * @param count examples wanted
   * @param seed of the draw
   */
  public static QuickstartReport of(
      JavaSparkContext spark,
      PreparedDataset test,
      Qrels qrels,
      TrecRun before,
      TrecRun after,
      int count,
      long seed) {
    List<RankChange> examples = RankChange.draw(qrels, before, after, count, seed);
    TreeSet<String> queries = new TreeSet<>();
    TreeSet<String> passages = new TreeSet<>();
    for (RankChange example : examples) {
      queries.add(example.query());
      for (TrecRun run : List.of(before, after)) {
        first(run, example.query()).ifPresent(passage -> passages.add(passage.id()));
      }
    }
    return new QuickstartReport(
        qrels,
        before,
        after,
        examples,
        test.queryTexts(spark, queries),
        test.passageTexts(spark, passages));
  }

  /**
   * The whole text.
   *
   * @param measuresBefore by trec_eval's names
   * @param measuresAfter by trec_eval's names
   * @param places what was written where
   * @param seconds the whole command took
   */
  public String text(
      Map<String, Double> measuresBefore,
      Map<String, Double> measuresAfter,
      Map<String, String> places,
      double seconds) {
    StringBuilder text = new StringBuilder(System.lineSeparator());
    line(text, "Libraries that the model was not trained on, %d queries:", qrels.queries().size());
    line(text, "");
    line(text, "  %-12s %8s %8s %8s", "", "before", "after", "change");
    for (Map.Entry<String, String> measure : MEASURES) {
      double old = measuresBefore.get(measure.getValue());
      double now = measuresAfter.get(measure.getValue());
      line(text, "  %-12s %8.4f %8.4f %+8.4f", measure.getKey(), old, now, now - old);
    }
    line(text, "");
    line(text, "Queries drawn from those whose answer moved, and the first passage found:");
    for (RankChange example : examples) {
      line(text, "");
      line(text, "  \"%s\"", oneLine(queries.get(example.query())));
      side(text, "before", example.before(), before, example.query());
      side(text, "after", example.after(), after, example.query());
    }
    line(text, "");
    line(text, "Written:");
    places.forEach((what, where) -> line(text, "  %-14s %s", what, where));
    line(text, "");
    line(text, "Next:");
    line(text, "  submit/tandem quickstart quickstart.max-pairs=null experiment.name=all-pairs");
    line(text, "      takes every pair, and longer");
    line(text, "  submit/tandem train --help");
    line(text, "      trains on your own data: a collection, queries and judgements");
    line(text, "");
    text.append(String.format(Locale.ROOT, "Done in %.0f seconds.", seconds));
    return text.toString();
  }

  private void side(StringBuilder text, String when, OptionalInt rank, TrecRun run, String query) {
    String found = rank.isPresent() ? "rank " + rank.getAsInt() : "not found";
    String passage = rank.isPresent() && rank.getAsInt() == 1 ? "the answer" : "first is another";
    line(
        text,
        "    %-6s answer %-10s %s: %s",
        when,
        found,
        passage,
        first(run, query).map(p -> oneLine(passages.get(p.id()))).orElse("nothing"));
  }

  private static Optional<RankedPassage> first(TrecRun run, String query) {
    return run.queries().contains(query)
        ? run.ranking(query).stream().findFirst()
        : Optional.empty();
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append(System.lineSeparator());
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= PASSAGE_WIDTH ? line : line.substring(0, PASSAGE_WIDTH) + "...";
  }
}
