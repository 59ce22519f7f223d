package dev.tandem.jobs;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.index.trec.TrecRun;
import dev.tandem.index.trec.TrecRunReader;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.javasource.MavenSources;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.quickstart.QuickstartConfigs;
import dev.tandem.jobs.quickstart.QuickstartReport;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.train.ConfiguredTraining;
import dev.tandem.jobs.train.TrainingOutcome;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;

/** The command {@code quickstart}: the whole way on real data, small. */
@Command(
    name = "quickstart",
    description = {
      "Goes the whole way on real data, small: fine-tunes all-MiniLM-L6-v2 for Java code search on"
          + " the sources of well-known libraries, encodes and searches other libraries, and shows"
          + " the measures before and after.",
      "Main keys: quickstart.train-libraries, quickstart.test-libraries, quickstart.max-pairs,"
          + " train.*."
    })
public final class QuickstartJob extends Job {
  private static final int EXAMPLES = 4;

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new QuickstartJob(), args);
  }

  @Override
  protected Optional<String> preset() {
    return Optional.of("quickstart.conf");
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    List<String> test = config.quickstart().testLibraries();
    for (String library : new TreeSet<>(config.quickstart().trainLibraries())) {
      if (test.contains(library)) {
        problems.add(
            "quickstart.test-libraries",
            "has " + library + ", which is also one to train on; measure on others");
      }
    }
    if (config.quickstart().trainLibraries().isEmpty()) {
      problems.add("quickstart.train-libraries", "is empty; give one library at least");
    }
    if (test.isEmpty()) {
      problems.add("quickstart.test-libraries", "is empty; give one library at least");
    }
    ConfiguredTraining.checkMeasure(config.train(), problems);
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    return List.of(
        "find the source jars of " + names(config.quickstart().trainLibraries()) + " to train on",
        "find the source jars of " + names(config.quickstart().testLibraries()) + " to measure on",
        "take methods as passages and first sentences of their Javadoc as queries",
        "fine-tune "
            + config.model().source()
            + " with "
            + config.train().workers()
            + " workers,"
            + " validating before, during and after",
        "encode the test libraries with the tuned model and retrieve exactly to depth "
            + config.retrieve().depth(),
        "show measures and examples before and after");
  }

  private static String names(List<String> coordinates) {
    return String.join(", ", coordinates.stream().map(c -> c.split(":", 3)[1]).toList());
  }

  @Override
  protected JobResult run(JobContext context) throws Exception {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    context.say("1/5 Finding sources");
    MavenSources maven = MavenSources.ofUser();
    QuickstartConfigs configs =
        new QuickstartConfigs(
            config,
            maven.resolve(
                config.quickstart().trainLibraries(), context.hadoop(), config.workspace()),
            maven.resolve(
                config.quickstart().testLibraries(), context.hadoop(), config.workspace()));

    context.say("2/5 Reading and tokenizing methods");
    ConfiguredModel untouched = ConfiguredModel.load(config.model(), context.hadoop());
    PreparedDataset train = prepare(context, configs.training(), untouched, false);
    PreparedDataset test = prepare(context, configs.training(), untouched, true);
    context.say(
        String.format(
            "Train: %d methods, %d queries with %d pairs (%s).%n"
                + "Test:  %d methods, %d queries (%s).",
            train.passageCount(),
            train.queryCount(),
            train.exampleCount(),
            names(config.quickstart().trainLibraries()),
            test.passageCount(),
            test.queryCount(),
            names(config.quickstart().testLibraries())));

    context.say("3/5 Fine-tuning, with validation before, during and after");
    JobResult trained = new TrainJob().run(context.with(configs.training()));
    Path run = new Path(trained.json().get("run").toString());

    context.say("4/5 Encoding the test libraries with the tuned model");
    TandemConfig tuned = configs.tuned(trained.json().get("checkpoint").toString());
    new EncodeJob().run(context.with(tuned));
    context.say("5/5 Retrieving");
    JobResult retrieved = new RetrieveJob().run(context.with(tuned));

    Map<String, Double> before = measures(trained, "before");
    Map<String, Double> after = measures(retrieved, "measures");
    double seconds = (System.nanoTime() - start) / 1e9;
    Path output = new Path(retrieved.json().get("output").toString());
    TrecRun runBefore = run(context, TrainingOutcome.validation(run, 0));
    TrecRun runAfter = run(context, output);
    Qrels qrels = QrelsReader.read(test.qrels().orElseThrow(), context.hadoop());
    QuickstartReport report =
        QuickstartReport.of(
            context.spark(), test, qrels, runBefore, runAfter, EXAMPLES, config.seed());
    return JobResult.of(report.text(before, after, configs.places(run, output), seconds))
        .with("before", before)
        .with("after", after)
        .with("model", trained.json().get("checkpoint"))
        .with("run", run.toString())
        .with("output", output.toString())
        .with("seconds", seconds);
  }

  private static PreparedDataset prepare(
      JobContext context, TandemConfig config, ConfiguredModel model, boolean test)
      throws IOException {
    return Preparation.prepare(
        context.spark(),
        test ? config.data().validation() : config.data().train(),
        model.tokenizer(),
        config.workspace(),
        context.progress());
  }

  private static TrecRun run(JobContext context, Path directory) throws IOException {
    return TrecRunReader.read(new Path(directory, "run.trec"), context.hadoop());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Double> measures(JobResult result, String name) {
    return (Map<String, Double>) result.json().get(name);
  }
}
