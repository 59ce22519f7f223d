package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.SearchHits;
import dev.tandem.index.trec.Qrels;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Retrieves from vector shards or an index version, for queries with or without judgements. */
public final class ShardRetrieval {
  private static final Logger LOG = LoggerFactory.getLogger(ShardRetrieval.class);

  /** What becomes of the hits between the search and the run. */
  @FunctionalInterface
  interface Stage {
    /**
     * Turns hits into those to write.
     *
     * @param queries the queries, in blocks
     * @param hits of each block in order
     * @param passing the passages they are among
     */
    Iterator<SearchHits> apply(QueryIds queries, Iterator<SearchHits> hits, Passing passing)
        throws IOException;
  }

  private ShardRetrieval() {}

  /**
   * Encodes queries, searches all shards, and writes the run, with judgements its measures too.
   *
   * @param spark where to search
   * @param dataset has the queries; where it has judgements, only judged queries are searched for
   * @param model encodes the queries; must be the one that made the vectors
   * @param shards the vectors
   * @param settings depth, batch size and the run's name
   * @param directory where {@code run.trec} and {@code metrics.json} go
   * @param progress shows the progress
   * @throws dev.tandem.jobs.failure.TandemException of kind ARTIFACT if another model made the
   *     vectors, or a file of theirs is damaged; of kind BAD_DATA where there are no queries, or
   *     judgements are configured and none is left
   * @throws IOException where a file system fails
   */
  public static RetrievalResult retrieve(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      SearchableVectors shards,
      ValidationSettings settings,
      Path directory,
      ProgressReporter progress)
      throws IOException {
    return retrieve(
        spark,
        dataset,
        model,
        shards,
        settings,
        directory,
        progress,
        (queries, hits, passing) -> hits);
  }

  /** As above, with a stage between the search and the run. */
  static RetrievalResult retrieve(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      SearchableVectors shards,
      ValidationSettings settings,
      Path directory,
      ProgressReporter progress,
      Stage stage)
      throws IOException {
    shards.requireModel(model.passageFingerprint(), model.encoders().passage().name());
    if (shards.compute() != model.compute()) {
      LOG.info(
          "the vectors were computed in {}, the queries are in {}: scores differ in the third digit"
              + " from those of one and the same",
          shards.compute().key(),
          model.compute().key());
    }
    Configuration hadoop = spark.hadoopConfiguration();
    // First, as it may refuse the filter, and takes little beside the rest.
    Passing passing = new Passing(shards.filter(), shards.passages(), shards.passing(spark));
    Optional<Qrels> qrels = Optional.empty();
    JavaRDD<TokenizedText> queries = dataset.queries(spark);
    if (dataset.qrels().isPresent()) {
      Qrels read = JudgedQueries.read(dataset, "data", hadoop);
      passing.requireAny();
      queries = JudgedQueries.of(queries, read);
      qrels = Optional.of(read);
    }
    Broadcast<EncodedQueries> encoded;
    try (CollectionEncoder encoder =
        new CollectionEncoder(spark, model.queryTower(), settings.batchSize())) {
      EncodedQueries all = EncodedQueries.encode(spark, queries, dataset.queryCount(), encoder);
      JudgedQueries.requireAny(all, "data");
      encoded = spark.broadcast(all);
    }
    try {
      LongAccumulator searched = spark.sc().longAccumulator("vectors searched");
      QueryIds ids = encoded.value().queryIds();
      Iterator<SearchHits> found =
          ExactRetrieval.merged(
              shards.search(spark, encoded, settings.depth(), settings.aggregation(), searched),
              encoded.value(),
              settings.depth());
      Iterator<SearchHits> hits = stage.apply(ids, found, passing);
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("passages", shards.passages());
      passing.addTo(facts);
      facts.put("depth", settings.depth());
      facts.put("model", shards.model());
      facts.put("vectors", shards.path().toString());
      RunOutput output = new RunOutput(hadoop, Optional.of(directory), settings.tag());
      Optional<Qrels> judgements = qrels;
      return progress.follow(
          spark.sc(),
          "search",
          shards.count(),
          "vectors",
          searched,
          () -> {
            try {
              return output.consume(ids, hits, judgements, facts).among(passing);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      encoded.destroy();
    }
  }
}
