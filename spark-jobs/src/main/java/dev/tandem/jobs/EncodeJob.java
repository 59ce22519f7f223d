package dev.tandem.jobs;

import dev.tandem.jobs.command.Job;
import dev.tandem.jobs.command.JobContext;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.retrieval.CollectionEncoding;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.DatasetParts;
import dev.tandem.jobs.retrieval.EncodeSettings;
import dev.tandem.jobs.retrieval.VectorShards;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

/** The command {@code encode}: a collection into vector shards. */
@Command(
    name = "encode",
    description = {
      "Encodes a collection into vector shards.",
      "Main keys: model.source, data.collection, encode.output, encode.window.length,"
          + " encode.storage,",
      "encode.batch-size."
    })
public final class EncodeJob extends Job {

  /** Runs the command. */
  public static void main(String[] args) {
    Tandem.run(new EncodeJob(), args);
  }

  /** Where the vector shards go. */
  static Path output(TandemConfig config) {
    return config.encode().output() != null
        ? new Path(config.encode().output())
        : new Path(new Path(config.workspace(), "vectors"), config.experiment().name());
  }

  @Override
  protected void check(TandemConfig config, Problems problems) {
    problems.requireFile(
        "data.collection", "the passages to encode, as data.collection=corpus.tsv");
    EncodeSettings.check(config.encode(), problems);
  }

  @Override
  protected List<String> plan(TandemConfig config) {
    return List.of(
        "tokenize " + config.data().all().collection() + ", unless that is done",
        "encode its passages with " + config.model().source() + " into " + output(config));
  }

  @Override
  protected JobResult run(JobContext context) throws IOException {
    long start = System.nanoTime();
    TandemConfig config = context.config();
    ConfiguredModel model = ConfiguredModel.load(config.model(), context.hadoop());
    model.requireFits(config.data().all());
    EncodeSettings settings = EncodeSettings.of(config.encode());
    JavaSparkContext spark = context.spark();
    PreparedDataset dataset =
        Preparation.prepare(
            spark,
            settings.dataset(DatasetParts.collection(config.data().all())),
            model.tokenizer(),
            config.workspace(),
            context.progress());
    VectorShards shards =
        CollectionEncoding.encode(
            spark, dataset, model, settings, output(config), context.progress());
    int dimension = model.encoders().passage().architecture().hiddenSize();
    double seconds = (System.nanoTime() - start) / 1e9;
    String text =
        String.format(
            "%d vectors of %d dimensions of %d passages by %s are in %s, stored as %s",
            shards.count(),
            dimension,
            shards.passages(),
            config.model().source(),
            shards.path(),
            shards.storage());
    return JobResult.of(text)
        .with("vectors", shards.path().toString())
        .with("passages", shards.passages())
        .with("count", shards.count())
        .with("dimension", dimension)
        .with("storage", shards.storage())
        .with("model", shards.model())
        .with("seconds", seconds);
  }
}
