package dev.tandem.jobs.retrieval;

import dev.tandem.index.measure.Measure;
import dev.tandem.index.measure.MeasureSet;
import dev.tandem.index.trec.Qrels;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.prepare.TokenWindows;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

/**
 * Measures a model on a test collection: encodes its judged queries and its passages, retrieves
 * exactly, and computes every measure of trec_eval. The command {@code validate} runs it once,
 * training runs it between rounds.
 *
 * <p>The vectors stay where they were encoded, in the executors' memory or on their disks, and are
 * searched there; the hits are those that {@code encode} and {@code retrieve} would find. Only
 * queries with judgements are searched for, as is usual with BEIR collections whose queries hold
 * all splits.
 */
public final class Validator {
  private final JavaSparkContext spark;
  private final PreparedDataset dataset;
  private final Qrels qrels;
  private final ValidationSettings settings;
  private final TokenWindows windows;
  private final ProgressReporter progress;

  private Validator(
      JavaSparkContext spark,
      PreparedDataset dataset,
      Qrels qrels,
      ValidationSettings settings,
      TokenWindows windows,
      ProgressReporter progress) {
    this.spark = spark;
    this.dataset = dataset;
    this.qrels = qrels;
    this.settings = settings;
    this.windows = windows;
    this.progress = progress;
  }

  /** The names of the measures that validations give, means over the queries. */
  public static List<String> averagedMeasures() {
    return MeasureSet.allTrec().measures().stream()
        .filter(measure -> measure.form() == Measure.Form.MEAN)
        .flatMap(measure -> measure.valueNames().stream())
        .toList();
  }

  /**
   * A validator for a prepared data set, of one vector a passage; reads its judgements.
   *
   * @throws dev.tandem.jobs.failure.TandemException of kind BAD_DATA if the data set has no
   *     judgements
   * @throws IOException if they cannot be read
   */
  public static Validator of(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ValidationSettings settings,
      ProgressReporter progress)
      throws IOException {
    return of(spark, dataset, settings, null, progress);
  }

  /**
   * A validator for a prepared data set whose passages may be cut; reads its judgements.
   *
   * @param windows cuts passages, which were prepared whole; null leaves them as they are
   * @throws dev.tandem.jobs.failure.TandemException as above
   * @throws IOException as above
   */
  public static Validator of(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ValidationSettings settings,
      TokenWindows windows,
      ProgressReporter progress)
      throws IOException {
    Qrels qrels = JudgedQueries.read(dataset, "data.validation", spark.hadoopConfiguration());
    return new Validator(spark, dataset, qrels, settings, windows, progress);
  }

  /** Measures a model; writes nothing. */
  public RetrievalResult validate(Towers towers) throws IOException {
    return validate(towers, Optional.empty(), Map.of());
  }

  /**
   * Measures a model.
   *
   * @param towers its encoders, with the parameters to measure
   * @param directory where {@code run.trec}, {@code metrics.json} and {@code per-query.tsv} go;
   *     empty to write none
   * @param facts further members of {@code metrics.json}, what the model is for example
   * @throws IOException if a file cannot be written
   */
  public RetrievalResult validate(
      Towers towers, Optional<Path> directory, Map<String, Object> facts) throws IOException {
    Broadcast<EncodedQueries> queries;
    JavaRDD<VectorBlock> vectors;
    try (CollectionEncoder passageEncoder = encoder(towers.passage())) {
      if (towers.query() == towers.passage()) {
        queries = spark.broadcast(encodeQueries(passageEncoder));
      } else {
        try (CollectionEncoder queryEncoder = encoder(towers.query())) {
          queries = spark.broadcast(encodeQueries(queryEncoder));
        }
      }
      vectors = encodePassages(passageEncoder);
      try {
        return search(vectors, queries, directory, facts);
      } finally {
        vectors.unpersist(false);
        queries.destroy();
      }
    }
  }

  private CollectionEncoder encoder(Tower tower) {
    return new CollectionEncoder(spark, tower, settings.batchSize());
  }

  private EncodedQueries encodeQueries(CollectionEncoder encoder) {
    JavaRDD<TokenizedText> queries = JudgedQueries.of(dataset.queries(spark), qrels);
    return EncodedQueries.encode(spark, queries, dataset.queryCount(), encoder);
  }

  /** The vectors, held by the executors; lost ones are encoded again. */
  private JavaRDD<VectorBlock> encodePassages(CollectionEncoder encoder) {
    LongAccumulator encoded = spark.sc().longAccumulator("passages encoded");
    VectorStorage storage = settings.encode().storage();
    long vectorCount = CollectionEncoding.vectors(dataset, windows);
    JavaRDD<VectorBlock> vectors =
        encoder
            .encodeParts(dataset.passages(spark), vectorCount, windows, encoded)
            .map(storage == VectorStorage.FLOAT32 ? block -> block : block -> block.stored(storage))
            .persist(StorageLevel.MEMORY_AND_DISK());
    progress.follow(
        spark.sc(),
        "encode",
        vectorCount,
        windows == null ? "passages" : "windows of passages",
        encoded,
        () -> vectors.count());
    return vectors;
  }

  private RetrievalResult search(
      JavaRDD<VectorBlock> vectors,
      Broadcast<EncodedQueries> queries,
      Optional<Path> directory,
      Map<String, Object> facts)
      throws IOException {
    Map<String, Object> all = new LinkedHashMap<>(facts);
    all.put("passages", dataset.passageCount());
    all.put("depth", settings.depth());
    // A task for each slot: hits of one task are merged before the shuffle.
    JavaRDD<VectorBlock> bySlot =
        vectors.coalesce(Math.min(vectors.getNumPartitions(), spark.defaultParallelism()));
    return new RunOutput(spark.hadoopConfiguration(), directory, settings.tag())
        .consume(
            queries.value().queryIds(),
            ExactRetrieval.merged(
                ExactRetrieval.ofVectors(bySlot, queries, settings.depth(), settings.aggregation()),
                queries.value(),
                settings.depth()),
            Optional.of(qrels),
            all);
  }
}
