package dev.tandem.jobs;

import dev.tandem.index.search.Aggregation;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.retrieval.EncodeSettings;
import dev.tandem.jobs.retrieval.MeasureTable;
import dev.tandem.jobs.retrieval.RetrievalResult;
import dev.tandem.jobs.retrieval.ValidationSettings;
import dev.tandem.jobs.retrieval.Validator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

/** The command {@code validate}: how good a model is on a test collection. */
@Command(
    name = "validate",
    description = {
      "Measures a model on a test collection: encodes its passages and judged queries, retrieves"
          + " exactly, and computes every measure of trec_eval.",
      "Main keys: model.source, data.validation.*, retrieve.depth, retrieve.output."
    })
public final class ValidateJob extends Job {

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new ValidateJob(), args);
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    DatasetParts.requireTestCollection("data.validation", config.data().validation(), problems);
    EncodeSettings.check(config.encode(), problems);
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    DatasetConfig data = config.data().validation();
    return List.of(
        "tokenize " + data.collection() + " and its queries, unless that is done",
        "encode both with " + config.model().source(),
        "retrieve exactly to depth " + config.retrieve().depth() + " and compute the measures",
        "write run.trec, metrics.json and per-query.tsv to " + RetrieveJob.output(config));
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    model.requireFits(config.data().validation());
    EncodeSettings encode = EncodeSettings.of(config.encode());
    JavaSparkContext spark = context.spark();
    PreparedDataset dataset =
        Preparation.prepare(
            spark,
            encode.dataset(config.data().validation()),
            model.tokenizer(),
            config.workspace(),
            context.progress());
    ValidationSettings settings =
        new ValidationSettings(
            config.retrieve().depth(),
            encode,
            Aggregation.of(config.retrieve().aggregate()),
            config.retrieve().tag());
    RetrievalResult result =
        Validator.of(spark, dataset, settings, encode.windows(model, dataset), context.progress())
            .validate(
                model.towers(),
                Optional.of(RetrieveJob.output(config)),
                Map.of("model", model.fingerprint(), "source", config.model().source()));
    String text =
        String.format(
            "%s on %s: %d passages, %d queries, depth %d%n%n%s%n%s",
            config.model().source(),
            config.data().validation().collection(),
            dataset.passageCount(),
            result.queries(),
            config.retrieve().depth(),
            MeasureTable.of(result.measures()),
            RetrieveJob.whereWritten(result));
    return RetrieveJob.json(JobResult.of(text), result)
        .with("passages", dataset.passageCount())
        .with("model", model.fingerprint())
        .with("seconds", (System.nanoTime() - start) / 1e9);
  }
}
