package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.SearchHits;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.model.encoder.Compute;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A collection's vectors on disk that queries can be searched in, shard by shard on the cluster.
 */
public abstract class SearchableVectors {

  private final MetadataFilter filter;

  SearchableVectors(MetadataFilter filter) {
    this.filter = filter;
  }

  /** What of the passages is searched; {@link #count} counts all of them. */
  public MetadataFilter filter() {
    return filter;
  }

  /** The metadata fields that the passages keep, ascending. */
  public abstract List<String> metadataFields();

  /**
   * The same vectors, of which only those whose passages pass a filter are found.
   *
   * @throws TandemException of kind ARTIFACT if passages do not keep a field that it asks for
   */
  public abstract SearchableVectors filtered(MetadataFilter filter);

  /** The parts, each with the rows that are no longer in the collection. */
  abstract List<VectorSource> sources(Configuration hadoop) throws IOException;

  /**
   * Counts the passages that pass the filter, reading the metadata alone.
   *
   * @throws TandemException of kind BAD_DATA if a value that the filter compares as a number is
   *     none
   * @throws IOException where a file system fails
   */
  long passing(JavaSparkContext spark) throws IOException {
    if (filter.isEmpty()) {
      return passages();
    }
    // Rows are counted without reading ids where each is a passage.
    boolean windows = count() != passages();
    List<VectorSource> sources = sources(spark.hadoopConfiguration());
    if (sources.isEmpty()) {
      return 0;
    }
    int slices = Math.min(sources.size(), 4 * spark.defaultParallelism());
    MetadataFilter wanted = filter;
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    return spark
        .parallelize(sources, slices)
        .map(
            source ->
                windows
                    ? source.passingPassages(wanted, hadoop)
                    : (long) source.passing(wanted, hadoop).cardinality())
        .reduce(Long::sum);
  }

  /** Where they are. */
  public abstract Path path();

  /** Number of vectors. */
  public abstract long count();

  /** Number of passages, each of which has one vector or several. */
  public abstract long passages();

  /** Fingerprint of the model that made them. */
  public abstract String model();

  /** What that model is called. */
  public abstract String modelName();

  /** What the linear layers of the model multiplied when it made them. */
  abstract Compute compute();

  /**
   * Hits by block of queries in each shard, for {@link ExactRetrieval#merged}; computed when used.
   *
   * @param depth passages kept a query
   * @param aggregation how the scores of a passage's vectors become the passage's
   * @param searched counts the vectors as their shards are searched
   */
  abstract JavaPairRDD<Integer, SearchHits> search(
      JavaSparkContext spark,
      Broadcast<EncodedQueries> queries,
      int depth,
      Aggregation aggregation,
      LongAccumulator searched)
      throws IOException;

  /**
   * Checks that a model made these vectors.
   *
   * @param fingerprint of the model that queries are to be encoded with
   * @param name what the model is called
   * @throws TandemException of kind ARTIFACT if another one made them
   */
  public void requireModel(String fingerprint, String name) {
    if (!fingerprint.equals(model())) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "The vectors in "
              + path()
              + " were made by another model: they carry the fingerprint "
              + model()
              + " ("
              + modelName()
              + "), model.source = "
              + name
              + " has "
              + fingerprint
              + ". Scores across models mean nothing: set model.* to what made the vectors, or"
              + " encode the collection again.");
    }
  }
}
