package dev.tandem.jobs;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.retrieval.IndexShards;
import dev.tandem.jobs.retrieval.MeasureTable;
import dev.tandem.jobs.retrieval.RetrievalResult;
import dev.tandem.jobs.retrieval.SearchableVectors;
import dev.tandem.jobs.retrieval.ShardRetrieval;
import dev.tandem.jobs.retrieval.ValidationSettings;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

/** The command {@code retrieve}: queries in, a TREC run out, from vector shards or an index. */
@Command(
    name = "retrieve",
    description = {
      "Retrieves exactly from vector shards, or from a published index, and writes a TREC run, with",
      "qrels its measures too.",
      "Main keys: model.source, data.queries, data.qrels, retrieve.vectors, retrieve.index,"
          + " retrieve.depth, retrieve.output."
    })
public final class RetrieveJob extends Job {

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new RetrieveJob(), args);
  }

  /** Where run and measures go. */
  static Path output(TandemConfig config) {
    return config.retrieve().output() != null
        ? new Path(config.retrieve().output())
        : new Path(new Path(config.workspace(), "retrieved"), config.experiment().name());
  }

  /** The vector shards to search. */
  private static Path vectors(TandemConfig config) {
    return config.retrieve().vectors() != null
        ? new Path(config.retrieve().vectors())
        : EncodeJob.output(config);
  }

  /** What the result says of files, as text. */
  static String whereWritten(RetrievalResult result) {
    return result
        .directory()
        .map(
            directory ->
                result.evaluation().isPresent()
                    ? "run.trec, metrics.json and per-query.tsv are in " + directory
                    : "run.trec is in " + directory)
        .orElse("");
  }

  /** Adds measures and files. */
  static JobResult json(JobResult result, RetrievalResult retrieved) {
    JobResult with =
        result.with("measures", retrieved.measures()).with("queries", retrieved.queries());
    return retrieved.directory().isPresent()
        ? with.with("output", retrieved.directory().get().toString())
        : with;
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    if (config.data().all().collection() == null) {
      problems.require("data.queries", "the queries, as data.queries=queries.tsv");
    }
    problems.checkFile("data.queries");
    problems.checkFile("data.qrels");
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    return List.of(
        "tokenize the queries, unless that is done, and encode them with "
            + config.model().source(),
        config.retrieve().index() == null
            ? "search the vectors in "
                + vectors(config)
                + " exactly to depth "
                + config.retrieve().depth()
            : "search the index "
                + IndexJob.directory(config, config.retrieve().index())
                + " to depth "
                + config.retrieve().depth(),
        "write run.trec to " + output(config));
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    if (config.retrieve().index() == null) {
      return search(context, VectorShards.open(context.hadoop(), vectors(config)), start);
    }
    try (LeasedVersion version = version(context)) {
      return search(context, IndexShards.of(context.hadoop(), version.version()), start)
          .with("version", version.version().name());
    }
  }

  /** The index version to search, which is not deleted meanwhile. */
  private static LeasedVersion version(JobContext context) throws IOException {
    Path index = IndexJob.directory(context.config(), context.config().retrieve().index());
    IndexCatalogue catalogue = IndexCatalogue.at(index.getFileSystem(context.hadoop()), index);
    String version = context.config().retrieve().version();
    try {
      return version == null ? catalogue.read() : catalogue.read(version);
    } catch (CatalogueException e) {
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage(), e);
    }
  }

  private static JobResult search(JobContext context, SearchableVectors shards, long start)
      throws IOException {
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    model.requireFits(config.data().all());
    shards.requireModel(model.passageFingerprint(), config.model().source());
    JavaSparkContext spark = context.spark();
    PreparedDataset dataset =
        Preparation.prepare(
            spark,
            DatasetParts.queries(config.data().all(), context.hadoop()),
            model.tokenizer(),
            config.workspace(),
            context.progress());
    ValidationSettings settings =
        new ValidationSettings(
            config.retrieve().depth(), config.encode().batchSize(), config.retrieve().tag());
    RetrievalResult result =
        ShardRetrieval.retrieve(
            spark, dataset, model, shards, settings, output(config), context.progress());
    String measures =
        result.evaluation().isPresent()
            ? System.lineSeparator() + System.lineSeparator() + MeasureTable.of(result.measures())
            : System.lineSeparator();
    String text =
        String.format(
            "%d queries against %d passages, depth %d%s%s",
            result.queries(),
            shards.count(),
            config.retrieve().depth(),
            measures,
            whereWritten(result));
    return json(JobResult.of(text), result)
        .with("passages", shards.count())
        .with("model", shards.model())
        .with("seconds", (System.nanoTime() - start) / 1e9);
  }
}
