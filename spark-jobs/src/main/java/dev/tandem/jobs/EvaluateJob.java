package dev.tandem.jobs;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.measure.EvaluationOptions;
import dev.tandem.index.measure.EvaluationPrinter;
import dev.tandem.index.measure.MeasureSet;
import dev.tandem.index.measure.TrecEval;
import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.index.trec.TrecFormatException;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problem;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.RunComparison;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code evaluate}: trec_eval's measures of a run, or of two with paired tests. */
@Command(
    name = "evaluate",
    description = {
      "Prints trec_eval's measures of a run, in trec_eval's format.",
      "With a second run: the measures of both, their difference and a paired t-test."
    })
public final class EvaluateJob extends Job {
  private static final String COMMAND_LINE = "command line";

  @Option(
      names = "-c",
      description = "Averages over all queries of the qrels; one without results counts as zero.")
  private boolean complete;

  @Option(
      names = "-l",
      paramLabel = "N",
      description = "Lowest grade that counts as relevant (default: ${DEFAULT-VALUE}).")
  private int level = 1;

  @Option(
      names = "-M",
      paramLabel = "N",
      description = "Results of a query beyond this rank are left out.")
  private int maxPerTopic = Integer.MAX_VALUE;

  @Option(names = "-J", description = "Results that were not judged are left out.")
  private boolean judgedOnly;

  @Option(
      names = "-N",
      paramLabel = "N",
      description = "Passages in the collection, for the measure utility only.")
  private long collectionSize;

  @Option(names = "-q", description = "Prints the values of each query too.")
  private boolean perQuery;

  @Option(
      names = "-m",
      paramLabel = "MEASURE",
      description = {
        "A measure as trec_eval names it, as map, P.5,10 or ndcg_cut_10; official or all_trec; may"
            + " be given several times.",
        "Default: official; with --json all_trec."
      })
  private List<String> measures = new ArrayList<>();

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new EvaluateJob(), args);
  }

  @Override
  protected boolean usesSpark() {
    return false;
  }

  @Override
  protected List<String> positionalNames() {
    return List.of("QRELS", "RUN", "[RUN2]");
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    List<String> names = positionalNames();
    for (int i = 0; i < Math.min(positionals().size(), names.size()); i++) {
      problems.checkArgument(names.get(i), positionals().get(i));
    }
    checkAtLeast(problems, "-l", level, 1);
    checkAtLeast(problems, "-M", maxPerTopic, 1);
    checkAtLeast(problems, "-N", collectionSize, 0);
    try {
      measureSet("official");
    } catch (IllegalArgumentException e) {
      problems.add(new Problem("-m", String.join(" ", measures), COMMAND_LINE, e.getMessage()));
    }
  }

  private static void checkAtLeast(Problems problems, String option, long value, long least) {
    if (value < least) {
      problems.add(
          new Problem(option, Long.toString(value), COMMAND_LINE, "must be at least " + least));
    }
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    return List.of("compare " + String.join(", ", positionals()) + " as trec_eval does");
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    Qrels qrels = readQrels(positionals().get(0), context.hadoop());
    TrecRun run = readRun(positionals().get(1), context.hadoop());
    Evaluation all = evaluate(qrels, run, measureSet("all_trec"));
    String printed = print(evaluate(qrels, run, measureSet("official")));
    if (positionals().size() < 3) {
      return withMeasures(JobResult.of(printed), all);
    }
    TrecRun other = readRun(positionals().get(2), context.hadoop());
    Evaluation allOfOther = evaluate(qrels, other, measureSet("all_trec"));
    RunComparison comparison = RunComparison.of(all, allOfOther);
    String text =
        String.join(
            System.lineSeparator(),
            printed,
            print(evaluate(qrels, other, measureSet("official"))),
            comparison.table());
    return withMeasures(JobResult.of(text), all)
        .with("measures2", allOfOther.summary())
        .with("tests", comparison.tests());
  }

  private static JobResult withMeasures(JobResult result, Evaluation evaluation) {
    return result.with("measures", evaluation.summary()).with("queries", evaluation.queries());
  }

  private String print(Evaluation evaluation) {
    String text =
        perQuery
            ? EvaluationPrinter.perQueryAndSummary(evaluation)
            : EvaluationPrinter.summary(evaluation);
    return text.stripTrailing();
  }

  private MeasureSet measureSet(String otherwise) {
    return measures.isEmpty() ? MeasureSet.of(otherwise) : MeasureSet.of(measures);
  }

  private Evaluation evaluate(Qrels qrels, TrecRun run, MeasureSet set) {
    EvaluationOptions options =
        new EvaluationOptions(complete, level, maxPerTopic, judgedOnly, collectionSize);
    try {
      return TrecEval.evaluate(qrels, run, options, set);
    } catch (IllegalArgumentException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
  }

  private static Qrels readQrels(String file, Configuration hadoop) throws IOException {
    try {
      return QrelsReader.read(new Path(file), hadoop);
    } catch (TrecFormatException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
  }

  private static TrecRun readRun(String file, Configuration hadoop) throws IOException {
    try {
      return TrecRunReader.read(new Path(file), hadoop);
    } catch (TrecFormatException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
  }
}
