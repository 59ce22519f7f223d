package dev.tandem.jobs.retrieval;

import dev.tandem.index.trec.Qrels;
import dev.tandem.index.trec.QrelsReader;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * Measures a model on a test collection: encodes its judged queries and its passages, retrieves
 * exactly, and computes every measure of trec_eval. The command {@code validate} runs it once,
 * training runs it between rounds.
 *
 * <p>A task encodes the passages of its part and searches them at once, so no vectors are written
 * or shuffled; the hits are those that {@code encode} and {@code retrieve} would find. Only queries
 * with judgements are searched for, as is usual with BEIR collections whose queries hold all
 * splits.
 */
public final class Validator {
  private final JavaSparkContext spark;
  private final PreparedDataset dataset;
  private final Qrels qrels;
  private final ValidationSettings settings;
  private final ProgressReporter progress;

  private Validator(
      JavaSparkContext spark,
      PreparedDataset dataset,
      Qrels qrels,
      ValidationSettings settings,
      ProgressReporter progress) {
    this.spark = spark;
    this.dataset = dataset;
    this.qrels = qrels;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * A validator for a prepared data set; reads its judgements.
   *
   * @throws TandemException of kind BAD_DATA if the data set has no judgements
   * @throws IOException if they cannot be read
   */
  public static Validator of(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ValidationSettings settings,
      ProgressReporter progress)
      throws IOException {
    Path file =
        dataset
            .qrels()
            .orElseThrow(
                () ->
                    new TandemException(
                        TandemException.Kind.BAD_DATA,
                        "the data set "
                            + dataset.path()
                            + " has no relevance judgements, so a model cannot be measured on it;"
                            + " name them with data.validation.qrels"));
    Qrels qrels = QrelsReader.read(file, spark.hadoopConfiguration());
    return new Validator(spark, dataset, qrels, settings, progress);
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
    Broadcast<EncodedQueries> queries = spark.broadcast(encodeQueries(towers.query()));
    try (CollectionEncoder encoder =
        new CollectionEncoder(spark, towers.passage(), settings.batchSize())) {
      LongAccumulator encoded = spark.sc().longAccumulator("passages encoded");
      JavaRDD<VectorBlock> vectors =
          encoder.encodeParts(dataset.passages(spark), dataset.passageCount(), encoded);
      RunOutput output = new RunOutput(spark.hadoopConfiguration(), directory, settings.tag());
      Map<String, Object> all = new LinkedHashMap<>(facts);
      all.put("passages", dataset.passageCount());
      all.put("depth", settings.depth());
      return CollectionEncoder.withProgress(
          progress,
          "encode and search",
          dataset.passageCount(),
          "passages",
          encoded,
          () -> {
            try {
              return output.consume(
                  queries.value(),
                  ExactRetrieval.merged(
                      spark,
                      ExactRetrieval.ofVectors(vectors, queries, settings.depth()),
                      queries.value(),
                      settings.depth()),
                  Optional.of(qrels),
                  all);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      queries.destroy();
    }
  }

  private EncodedQueries encodeQueries(Tower tower) {
    JavaRDD<TokenizedText> queries = JudgedQueries.of(dataset.queries(spark), qrels);
    return EncodedQueries.encode(spark, queries, dataset.queryCount(), tower, settings.batchSize());
  }
}
