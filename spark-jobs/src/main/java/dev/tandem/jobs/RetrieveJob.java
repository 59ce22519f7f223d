package dev.tandem.jobs;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.fusion.Fusion;
import dev.tandem.index.fusion.ReciprocalRankFusion;
import dev.tandem.index.fusion.WeightedScores;
import dev.tandem.index.fusion.WeightedScores.Normalization;
import dev.tandem.index.lexical.Bm25;
import dev.tandem.index.search.Aggregation;
import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.RetrieveConfig;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.retrieval.EncodeSettings;
import dev.tandem.jobs.retrieval.IndexShards;
import dev.tandem.jobs.retrieval.LexicalRetrieval;
import dev.tandem.jobs.retrieval.MeasureTable;
import dev.tandem.jobs.retrieval.RetrievalResult;
import dev.tandem.jobs.retrieval.SearchableVectors;
import dev.tandem.jobs.retrieval.ShardRetrieval;
import dev.tandem.jobs.retrieval.ValidationSettings;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;

/**
 * The command {@code retrieve}: queries in, a TREC run out, from vector shards or an index, by
 * BM25, or both.
 */
@Command(
    name = "retrieve",
    description = {
      "Retrieves and writes a TREC run, with qrels its measures too.",
      "Exactly from vector shards or from a published index, by BM25 over the collection's words, or"
          + " by both fused.",
      "Main keys: retrieve.mode, model.source, data.queries, data.qrels, retrieve.vectors,"
          + " retrieve.index, retrieve.filter, retrieve.depth, retrieve.output; data.collection for"
          + " BM25."
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
    if (searchesWords(config)) {
      if (problems.require(
          "data.collection",
          "the passages, whose words BM25 searches, as data.collection=corpus.tsv")) {
        problems.checkFile("data.collection");
      }
    } else if (config.data().all().collection() == null) {
      problems.require("data.queries", "the queries, as data.queries=queries.tsv");
    }
    problems.checkFile("data.queries");
    problems.checkFile("data.qrels");
    checkFilter(config, problems);
  }

  private static void checkFilter(TandemConfig config, Problems problems) {
    SortedSet<String> fields = FilterConditions.check(config, problems);
    List<String> kept = config.data().all().metadataFields();
    fields.removeAll(kept);
    if (searchesWords(config) && !fields.isEmpty()) {
      problems.add(
          FilterConditions.KEY,
          "asks for "
              + String.join(", ", fields)
              + ", but of data.collection, whose words are searched, "
              + (kept.isEmpty() ? "no metadata are kept" : String.join(", ", kept) + " is kept")
              + ": name the fields in data.metadata-fields");
    }
  }

  private static MetadataFilter filter(TandemConfig config) {
    return FilterConditions.of(config);
  }

  private static boolean searchesWords(TandemConfig config) {
    return !config.retrieve().mode().equals("dense");
  }

  private static boolean searchesVectors(TandemConfig config) {
    return !config.retrieve().mode().equals("bm25");
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    List<String> plan = new ArrayList<>();
    if (searchesWords(config)) {
      plan.add("index the words of " + config.data().all().collection());
      plan.add("search them by BM25 to depth " + config.retrieve().depth());
    }
    if (searchesVectors(config)) {
      plan.add(
          "tokenize the queries, unless that is done, and encode them with "
              + config.model().source());
      plan.add(
          config.retrieve().index() == null
              ? "search the vectors in "
                  + vectors(config)
                  + " exactly to depth "
                  + config.retrieve().depth()
              : "search the index "
                  + IndexJob.directory(config, config.retrieve().index())
                  + " to depth "
                  + config.retrieve().depth());
    }
    if (!config.retrieve().filter().isEmpty()) {
      plan.add("leave out passages that do not pass " + filter(config));
    }
    if (searchesVectors(config) && searchesWords(config)) {
      plan.add("fuse the rankings by " + config.retrieve().hybrid().method());
    }
    plan.add("write run.trec to " + output(config));
    return plan;
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    TandemConfig config = context.config();
    if (!searchesVectors(config)) {
      return search(context, Optional.empty());
    }
    if (config.retrieve().index() == null) {
      VectorShards shards = VectorShards.open(context.hadoop(), vectors(config));
      return search(context, Optional.of(shards.filtered(filter(config))));
    }
    try (LeasedVersion version = version(context)) {
      IndexShards shards = IndexShards.of(context.hadoop(), version.version());
      return search(context, Optional.of(shards.filtered(filter(config))))
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

  private static JobResult search(JobContext context, Optional<? extends SearchableVectors> shards)
      throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    if (shards.isPresent()) {
      model.requireFits(config.data().all());
      shards.get().requireModel(model.passageFingerprint(), config.model().source());
    }
    PreparedDataset dataset =
        prepared(DatasetParts.queries(config.data().all(), context.hadoop()), model, context);
    long passages;
    RetrievalResult result;
    if (searchesWords(config)) {
      PreparedDataset collection =
          prepared(DatasetParts.collection(config.data().all()), model, context);
      passages = collection.passageCount();
      result = withWords(collection, dataset, model, shards, context);
    } else {
      passages = shards.orElseThrow().passages();
      result =
          ShardRetrieval.retrieve(
              context.spark(),
              dataset,
              model,
              shards.get(),
              settings(config),
              output(config),
              context.progress());
    }
    String measures =
        result.evaluation().isPresent()
            ? System.lineSeparator() + System.lineSeparator() + MeasureTable.of(result.measures())
            : System.lineSeparator();
    String text =
        String.format(
            "%d queries against %d passages%s, depth %d%s%s",
            result.queries(),
            passages,
            result.passing().isPresent()
                ? ", " + result.passing().getAsLong() + " of which pass " + filter(config)
                : "",
            config.retrieve().depth(),
            measures,
            whereWritten(result));
    JobResult json =
        json(JobResult.of(text), result)
            .with("mode", config.retrieve().mode())
            .with("passages", passages);
    if (result.passing().isPresent()) {
      json =
          json.with("filter", filter(config).conditions())
              .with("passing", result.passing().getAsLong());
    }
    return (shards.isPresent() ? json.with("model", shards.get().model()) : json)
        .with("seconds", (System.nanoTime() - start) / 1e9);
  }

  private static PreparedDataset prepared(
      DatasetConfig part, ConfiguredModel model, JobContext context) throws IOException {
    return Preparation.prepare(
        context.spark(), part, model.tokenizer(), context.config().workspace(), context.progress());
  }

  private static ValidationSettings settings(TandemConfig config) {
    return new ValidationSettings(
        config.retrieve().depth(),
        EncodeSettings.of(config.encode()),
        Aggregation.of(config.retrieve().aggregate()),
        config.retrieve().tag());
  }

  private static RetrievalResult withWords(
      PreparedDataset collection,
      PreparedDataset dataset,
      ConfiguredModel model,
      Optional<? extends SearchableVectors> shards,
      JobContext context)
      throws IOException {
    TandemConfig config = context.config();
    RetrieveConfig.Bm25 bm25 = config.retrieve().bm25();
    try (LexicalRetrieval words =
        LexicalRetrieval.index(
            context.spark(),
            collection,
            new Bm25((float) bm25.k1(), (float) bm25.b()),
            filter(config),
            context.progress())) {
      return shards.isEmpty()
          ? words.retrieve(dataset, settings(config), output(config))
          : words.retrieve(
              dataset,
              model,
              shards.get(),
              settings(config),
              output(config),
              context.progress(),
              fusion(config.retrieve().hybrid()));
    }
  }

  private static Fusion fusion(RetrieveConfig.Hybrid hybrid) {
    if (hybrid.method().equals("rrf")) {
      return new ReciprocalRankFusion(hybrid.rrfK());
    }
    return new WeightedScores(
        hybrid.normalization().equals("min-max") ? Normalization.MIN_MAX : Normalization.Z_SCORE,
        hybrid.denseWeight(),
        1 - hybrid.denseWeight());
  }
}
