package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/** Encodes a prepared collection into {@link VectorShards}. */
public final class CollectionEncoding {
  private CollectionEncoding() {}

  /**
   * Encodes, goes on with what an earlier run left unfinished, or finds it done.
   *
   * @param spark where to encode
   * @param dataset has the passages
   * @param model the encoder
   * @param batchSize texts the encoder takes at once
   * @param output directory of the shards
   * @param progress shows the progress
   * @throws TandemException of kind BAD_DATA where there are no passages
   * @throws IOException where a file system fails
   */
  public static VectorShards encode(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      int batchSize,
      Path output,
      ProgressReporter progress)
      throws IOException {
    if (dataset.passageCount() == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "data.collection has no passages to encode; see " + dataset.path());
    }
    Configuration hadoop = spark.hadoopConfiguration();
    PretrainedEncoder encoder = model.encoders().passage();
    Map<String, String> inputs = new TreeMap<>(dataset.manifest().inputs());
    inputs.put(VectorShards.MODEL, model.passageFingerprint());
    Map<String, Object> settings = new TreeMap<>(dataset.manifest().configuration());
    settings.put(VectorShards.MODEL_NAME, encoder.name());
    settings.put(VectorShards.DIMENSION, encoder.architecture().hiddenSize());
    settings.put(VectorShards.METRIC, "inner-product");
    settings.put(VectorShards.NORMALIZED, encoder.normalize());
    if (model.compute() != Compute.FLOAT32) {
      settings.put(VectorShards.COMPUTE, model.compute().key());
    }
    return new VectorShards(
        ArtifactWriter.findOrWrite(
            hadoop,
            output,
            VectorShards.KIND,
            inputs,
            settings,
            writer -> encode(spark, dataset, model, batchSize, writer.parts(), progress)));
  }

  private static Map<String, Long> encode(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      int batchSize,
      PartDirectory directory,
      ProgressReporter progress)
      throws IOException {
    long count = dataset.passageCount();
    LongAccumulator encoded = spark.sc().longAccumulator("passages encoded");
    JavaPairRDD<TokenizedText, TextRecord> texts =
        dataset.passages(spark).zip(dataset.passageTexts(spark));
    JavaRDD<Tuple2<TokenizedText, TextRecord>> divided =
        Parts.divide(spark, texts.map(pair -> pair), count);
    Broadcast<Tower> tower = spark.broadcast(model.passageTower());
    try {
      ShardWriter task =
          new ShardWriter(
              tower,
              batchSize,
              directory,
              new SerializableConfiguration(spark.hadoopConfiguration()),
              encoded);
      List<FinishedPart> parts =
          CollectionEncoder.withProgress(
              progress,
              "encode",
              count,
              "passages",
              encoded,
              () -> divided.mapPartitionsWithIndex(task, true).collect());
      long written = parts.stream().mapToLong(p -> p.count(VectorShards.PASSAGES)).sum();
      if (written != count) {
        throw new IllegalStateException(
            written + " vectors were written for " + count + " passages");
      }
      return Map.of(VectorShards.PASSAGES, written);
    } finally {
      tower.destroy();
    }
  }
}
