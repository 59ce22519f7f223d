package dev.tandem.jobs.retrieval;

import dev.tandem.index.search.SearchHits;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.model.encoder.Compute;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * A collection's vectors on disk that queries can be searched in, shard by shard on the cluster.
 */
public abstract class SearchableVectors {

  SearchableVectors() {}

  /** Where they are. */
  public abstract Path path();

  /** Number of vectors. */
  public abstract long count();

  /** Fingerprint of the model that made them. */
  public abstract String model();

  /** What that model is called. */
  abstract String modelName();

  /** What the linear layers of the model multiplied when it made them. */
  abstract Compute compute();

  /**
   * Hits by block of queries in each shard, for {@link ExactRetrieval#merged}; computed when used.
   *
   * @param searched counts the vectors as their shards are searched
   */
  abstract JavaPairRDD<Integer, SearchHits> search(
      JavaSparkContext spark,
      Broadcast<EncodedQueries> queries,
      int depth,
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
