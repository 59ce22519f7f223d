package dev.tandem.jobs.retrieval;

import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.prepare.TokenStatistics;
import dev.tandem.jobs.prepare.TokenWindows;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.pretrained.PretrainedEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
   * @param settings how
   * @param output directory of the shards
   * @param progress shows the progress
   * @throws TandemException of kind BAD_DATA where there are no passages
   * @throws IOException where a file system fails
   */
  public static VectorShards encode(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      EncodeSettings settings,
      Path output,
      ProgressReporter progress)
      throws IOException {
    if (dataset.passageCount() == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "data.collection has no passages to encode; see " + dataset.path());
    }
    return new VectorShards(
        ArtifactWriter.findOrWrite(
            spark.hadoopConfiguration(),
            output,
            VectorShards.KIND,
            inputs(dataset.manifest().inputs(), model),
            settings(dataset.manifest().configuration(), model, settings),
            writer -> encode(spark, dataset, model, settings, writer.parts(), progress)));
  }

  /** Inputs of vectors, as their manifest has them: those of the texts, and the model. */
  static Map<String, String> inputs(Map<String, String> texts, ConfiguredModel model) {
    Map<String, String> inputs = new TreeMap<>(texts);
    inputs.put(VectorShards.MODEL, model.passageFingerprint());
    return inputs;
  }

  /**
   * How vectors are made, as their manifest says it: how the texts are read, the model, and how
   * vectors are kept.
   */
  static Map<String, Object> settings(
      Map<String, Object> texts, ConfiguredModel model, EncodeSettings encode) {
    PretrainedEncoder encoder = model.encoders().passage();
    Map<String, Object> settings = new TreeMap<>(texts);
    settings.put(VectorShards.MODEL_NAME, encoder.name());
    settings.put(VectorShards.DIMENSION, encoder.architecture().hiddenSize());
    settings.put(VectorShards.METRIC, "inner-product");
    settings.put(VectorShards.NORMALIZED, encoder.normalize());
    if (model.compute() != Compute.FLOAT32) {
      settings.put(VectorShards.COMPUTE, model.compute().key());
    }
    encode.addTo(settings);
    return settings;
  }

  private static Map<String, Long> encode(
      JavaSparkContext spark,
      PreparedDataset dataset,
      ConfiguredModel model,
      EncodeSettings settings,
      PartDirectory directory,
      ProgressReporter progress)
      throws IOException {
    long count = dataset.passageCount();
    TokenWindows windows = settings.windows(model, dataset);
    JavaPairRDD<TokenizedText, TextRecord> texts =
        dataset.passages(spark).zip(dataset.passageTexts(spark));
    return encode(
        spark,
        Parts.divide(spark, texts.map(pair -> pair), vectors(dataset, windows)),
        count,
        dataset.metadataFields(),
        model,
        settings,
        windows,
        directory,
        progress);
  }

  /** About how many vectors a data set's passages become, from the data alone. */
  static long vectors(PreparedDataset dataset, TokenWindows windows) {
    long passages = dataset.passageCount();
    if (windows == null) {
      return passages;
    }
    TokenStatistics lengths = dataset.passageStatistics();
    return passages * (windows.count(lengths.median()) + windows.count(lengths.p90())) / 2;
  }

  /**
   * Encodes passages, a part a partition.
   *
   * @param passages gives the same in the same order each time
   * @param count how many there are
   * @param metadataFields metadata fields that are kept
   * @param windows cuts them; null leaves them whole
   */
  static Map<String, Long> encode(
      JavaSparkContext spark,
      JavaRDD<Tuple2<TokenizedText, TextRecord>> passages,
      long count,
      List<String> metadataFields,
      ConfiguredModel model,
      EncodeSettings settings,
      TokenWindows windows,
      PartDirectory directory,
      ProgressReporter progress)
      throws IOException {
    LongAccumulator encoded = spark.sc().longAccumulator("passages encoded");
    Broadcast<Tower> tower = spark.broadcast(model.passageTower());
    try {
      ShardWriter task =
          new ShardWriter(
              tower,
              settings,
              new ArrayList<>(metadataFields),
              windows,
              directory,
              new SerializableConfiguration(spark.hadoopConfiguration()),
              encoded);
      List<FinishedPart> parts =
          progress.follow(
              spark.sc(),
              "encode",
              count,
              "passages",
              encoded,
              () -> passages.mapPartitionsWithIndex(task, true).collect());
      long written = parts.stream().mapToLong(p -> p.count(VectorShards.PASSAGES)).sum();
      if (written != count) {
        throw new IllegalStateException(
            "vectors of " + written + " passages were written for " + count + " passages");
      }
      long vectors = parts.stream().mapToLong(VectorShards::vectors).sum();
      return Map.of(VectorShards.PASSAGES, written, VectorShards.VECTORS, vectors);
    } finally {
      tower.destroy();
    }
  }
}
