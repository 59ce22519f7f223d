package dev.tandem.jobs;

import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.config.TrainConfig;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.train.ConfiguredTraining;
import dev.tandem.jobs.train.TrainingOutcome;
import dev.tandem.jobs.train.TrainingSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

/** The command {@code train}: fine-tunes a dual encoder by parameter averaging. */
@Command(
    name = "train",
    description = {
      "Fine-tunes a dual encoder by parameter averaging, one worker a task slot, validating and"
          + " writing checkpoints as it goes. train.resume=true goes on with a run that was stopped.",
      "Main keys: train.*, model.*, data.train.*, data.validation.*, experiment.name."
    })
public final class TrainJob extends Job {
  private static final List<String> SHOWN =
      List.of("ndcg_cut_10", "recip_rank", "map", "recall_10", "recall_100", "recall_1000");

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new TrainJob(), args);
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    DatasetParts.requireTestCollection("data.train", config.data().train(), problems);
    problems.checkFile("data.train.negatives");
    if (config.train().hardNegatives() > 0 && config.data().train().negatives() == null) {
      problems.add(
          "train.hard-negatives", "needs a file of hard negatives, as data.train.negatives=FILE");
    }
    if (validates(config)) {
      DatasetParts.requireTestCollection("data.validation", config.data().validation(), problems);
    }
    ConfiguredTraining.checkMeasure(config.train(), problems);
  }

  @Override
  protected String afterInterruption() {
    return " Where it has written a checkpoint, train.resume=true goes on from there.";
  }

  /** Whether there is a validation set of its own, not just what data.validation inherits. */
  private static boolean validates(TandemConfig config) {
    DatasetConfig validation = config.data().validation();
    return validation.collection() != null && !validation.equals(config.data().train());
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    TrainConfig train = config.train();
    List<String> plan = new ArrayList<>();
    plan.add("tokenize " + config.data().train().collection() + " and its queries, unless done");
    if (validates(config)) {
      plan.add("tokenize " + config.data().validation().collection() + ", unless done");
      if (train.validation().before()) {
        plan.add("validate " + config.model().source() + " before the first step");
      }
    }
    plan.add(
        ("train %s for %d epochs%s on %s workers, minibatches of %d, averaging every %d steps,"
                + " negative queues of %d")
            .formatted(
                config.model().source(),
                train.epochs(),
                train.maxSteps() == null ? "" : " or " + train.maxSteps() + " steps at most",
                train.workers() == null ? "as many as task slots" : train.workers(),
                train.batchSize() * train.accumulationSteps(),
                train.averaging().frequency(),
                train.queue().size()));
    plan.add(
        validates(config)
            ? "keep the parameters with the best " + train.validation().measure()
            : "keep the last parameters, as data.validation names no set of its own");
    plan.add("write model, checkpoints and log to " + ConfiguredTraining.directory(config));
    return plan;
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    model.requireFits(config.data().train());
    model.requireFits(config.data().validation());
    JavaSparkContext spark = context.spark();
    PreparedDataset examples = prepare(context, config.data().train(), model);
    Optional<PreparedDataset> validation = Optional.empty();
    if (validates(config)) {
      validation = Optional.of(prepare(context, config.data().validation(), model));
    } else {
      context.say(
          "data.validation names no set of its own: training goes on to the end without being"
              + " measured, and the last parameters are the model.");
    }
    TrainingOutcome outcome =
        new ConfiguredTraining(spark, config, model, context.progress()).run(examples, validation);
    return result(outcome);
  }

  private static PreparedDataset prepare(
      JobContext context, DatasetConfig dataset, ConfiguredModel model) throws IOException {
    return Preparation.prepare(
        context.spark(),
        dataset,
        model.tokenizer(),
        context.config().workspace(),
        context.progress());
  }

  private static JobResult result(TrainingOutcome outcome) {
    TrainingSummary summary = outcome.summary();
    double rate = summary.pairs() / summary.seconds();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Trained %d steps on %d workers: %d pairs in %.0f s, %.1f pairs/s%n",
            summary.steps(),
            summary.workers(),
            summary.pairs(),
            summary.seconds(),
            rate));
    if (!summary.measures().isEmpty()) {
      text.append(table(summary.before(), summary.measures()));
      text.append(String.format("Best after step %d.%n", summary.step()));
    }
    text.append("Model: ").append(outcome.model()).append('\n');
    text.append("Run:   ").append(outcome.run());
    return JobResult.of(text.toString())
        .with("best", summary.measures())
        .with("before", summary.before())
        .with("checkpoint", outcome.model().toString())
        .with("run", outcome.run().toString())
        .with("step", summary.step())
        .with("steps", summary.steps())
        .with("workers", summary.workers())
        .with("pairs", summary.pairs())
        .with("seconds", summary.seconds())
        .with("pairs-per-second", rate);
  }

  private static String table(Map<String, Double> before, Map<String, Double> after) {
    StringBuilder text = new StringBuilder();
    text.append(String.format("  %-12s %8s %8s%n", "", before.isEmpty() ? "" : "before", "best"));
    for (String measure : SHOWN) {
      if (after.containsKey(measure)) {
        String was =
            before.containsKey(measure)
                ? String.format(Locale.ROOT, "%.4f", before.get(measure))
                : "";
        text.append(
            String.format(Locale.ROOT, "  %-12s %8s %8.4f%n", measure, was, after.get(measure)));
      }
    }
    return text.toString();
  }
}
