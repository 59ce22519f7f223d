package dev.tandem.jobs;

import dev.tandem.index.measure.Evaluation;
import dev.tandem.index.measure.EvaluationOptions;
import dev.tandem.index.measure.EvaluationPrinter;
import dev.tandem.index.measure.MeasureSet;
import dev.tandem.index.measure.TrecEval;
import dev.tandem.index.significance.RandomizationTest;
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
import dev.tandem.jobs.evaluation.ComparisonJson;
import dev.tandem.jobs.evaluation.ComparisonTable;
import dev.tandem.jobs.evaluation.EvaluatedRuns;
import dev.tandem.jobs.evaluation.PerQueryFile;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code evaluate}: trec_eval's measures of a run, or of several with paired tests. */
@Command(
    name = "evaluate",
    description = {
      "Prints trec_eval's measures of a run, in trec_eval's format.",
      "With further runs: the measures of each, and for every two runs their difference with paired",
      "t-test and randomization test, corrected by Holm over all comparisons made."
    })
public final class EvaluateJob extends Job {
  private static final String COMMAND_LINE = "command line";

  /** The measures that runs are compared by where none is asked for, of those computed. */
  private static final List<String> COMPARED =
      List.of("map", "ndcg_cut_10", "recip_rank", "recall_100", "recall_1000", "P_10");

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

  @Option(
      names = "-q",
      description = "Prints the values of each query too; of several runs also the differences.")
  private boolean perQuery;

  @Option(
      names = "-m",
      paramLabel = "MEASURE",
      description = {
        "A measure as trec_eval names it, as map, P.5,10 or ndcg_cut_10, or as ir_measures does, as"
            + " nDCG@10, P(rel=2)@5 or RR@10; official or all_trec; may be given several times.",
        "Default: official; with --json all_trec. Runs are compared by those given, otherwise by"
            + " map, ndcg_cut_10, recip_rank, recall_100, recall_1000 and P_10."
      })
  private List<String> measures = new ArrayList<>();

  @Option(
      names = "--permutations",
      paramLabel = "N",
      description = "Draws of the randomization test (default: ${DEFAULT-VALUE}).")
  private int permutations = 10_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the randomization test (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--per-query",
      paramLabel = "FILE",
      description = {
        "Writes the values of each query as a table for plots, of several runs with differences:",
        "tab-separated, with a header."
      })
  private String perQueryFile;

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
    return List.of("QRELS", "RUN", "[RUN2]...");
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    List<String> names = positionalNames();
    for (int i = 0; i < positionals().size(); i++) {
      problems.checkArgument(i < 2 ? names.get(i) : "RUN" + i, positionals().get(i));
    }
    checkAtLeast(problems, "-l", level, 1);
    checkAtLeast(problems, "-M", maxPerTopic, 1);
    checkAtLeast(problems, "-N", collectionSize, 0);
    checkAtLeast(problems, "--permutations", permutations, 1);
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
    List<String> files = positionals().subList(1, positionals().size());
    List<Evaluation> evaluations = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String file : files) {
      TrecRun run = readRun(file, context.hadoop());
      evaluations.add(evaluate(qrels, run, measureSet("all_trec")));
      texts.add(print(evaluate(qrels, run, measureSet("official"))));
    }
    Evaluation first = evaluations.get(0);
    List<String> compared = measures.isEmpty() ? COMPARED : first.averagedNames();
    if (files.size() == 1) {
      if (perQueryFile != null) {
        PerQueryFile.write(first, compared, new Path(perQueryFile), context.hadoop());
      }
      return withMeasures(JobResult.of(texts.get(0)), first);
    }
    EvaluatedRuns runs = compare(files, evaluations, compared, qrels);
    texts.add(ComparisonTable.of(runs));
    if (perQuery) {
      texts.add(ComparisonTable.differences(runs));
    }
    if (perQueryFile != null) {
      PerQueryFile.write(runs, new Path(perQueryFile), context.hadoop());
    }
    return withMeasures(JobResult.of(String.join(System.lineSeparator(), texts)), first)
        .with("measures2", evaluations.get(1).summary())
        .with("runs", ComparisonJson.runs(runs, files))
        .with("tests", ComparisonJson.tests(runs))
        .with("comparisons", ComparisonJson.comparisons(runs, perQuery))
        .with("family", ComparisonJson.family(runs));
  }

  private EvaluatedRuns compare(
      List<String> files, List<Evaluation> evaluations, List<String> compared, Qrels qrels) {
    try {
      return EvaluatedRuns.of(
          files,
          evaluations,
          compared,
          new RandomizationTest(permutations, seed),
          qrels.queries().size());
    } catch (IllegalArgumentException e) {
      throw new TandemException(TandemException.Kind.BAD_DATA, e.getMessage(), e);
    }
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
