package dev.tandem.jobs.quickstart;

import dev.tandem.jobs.config.DataConfig;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.config.TrainConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** The configurations of quickstart's jobs, made from quickstart's own. */
public final class QuickstartConfigs {
  private final TandemConfig config;
  private final DatasetConfig train;
  private final DatasetConfig test;

  /**
   * Configurations over source jars.
   *
   * @param config quickstart's own
   * @param trainJars paths of the source jars to train on
   * @param testJars paths of the source jars to measure on
   */
  public QuickstartConfigs(TandemConfig config, List<String> trainJars, List<String> testJars) {
    this.config = config;
    this.train = sources(config.data().train(), trainJars);
    this.test = sources(config.data().validation(), testJars);
  }

  private static DatasetConfig sources(DatasetConfig data, List<String> jars) {
    return new DatasetConfig(
        data.format(),
        String.join(",", jars),
        null,
        null,
        null,
        data.queryMaxLength(),
        data.passageMaxLength(),
        data.queryPrefix(),
        data.passagePrefix(),
        data.onBadRecord(),
        data.metadataFields());
  }

  /** For training: the train libraries, validated on the test libraries. */
  public TandemConfig training() {
    return with(config.model(), train(), new DataConfig(test, train, test));
  }

  /** For encoding and retrieving the test libraries with the tuned model. */
  public TandemConfig tuned(String model) {
    ModelConfig source =
        new ModelConfig(
            model,
            config.model().pooling(),
            config.model().normalize(),
            config.model().sharedTowers(),
            config.model().engine(),
            config.model().compute());
    return with(source, config.train(), new DataConfig(test, train, test));
  }

  /** Bounds the steps so that {@code quickstart.max-pairs} pairs are taken. */
  private TrainConfig train() {
    TrainConfig t = config.train();
    Integer pairs = config.quickstart().maxPairs();
    Integer steps = t.maxSteps();
    if (pairs != null && steps == null) {
      int workers = t.workers() == null ? 1 : t.workers();
      int pairsAStep = workers * t.batchSize() * t.accumulationSteps();
      steps = Math.max(1, pairs / pairsAStep);
    }
    return new TrainConfig(
        t.epochs(),
        steps,
        t.batchSize(),
        t.hardNegatives(),
        t.accumulationSteps(),
        t.workers(),
        t.gradientClipping(),
        t.averaging(),
        t.loss(),
        t.queue(),
        t.optimizer(),
        t.schedule(),
        t.validation(),
        t.checkpoint(),
        t.resume());
  }

  private TandemConfig with(ModelConfig model, TrainConfig training, DataConfig data) {
    return new TandemConfig(
        config.workspace(),
        config.seed(),
        config.experiment(),
        data,
        model,
        training,
        config.encode(),
        config.index(),
        config.reindex(),
        config.retrieve(),
        config.search(),
        config.quickstart(),
        config.bench(),
        config.spark(),
        config.logging());
  }

  /** What was written where, by what it is. */
  public Map<String, String> places(Path run, Path retrieved) {
    Map<String, String> places = new LinkedHashMap<>();
    places.put("tuned model", new Path(run, "model").toString());
    places.put("training log", new Path(run, "training.jsonl").toString());
    places.put(
        "vectors",
        new Path(config.workspace(), "vectors/" + config.experiment().name()).toString());
    places.put("run, measures", retrieved.toString());
    return places;
  }
}
