package dev.tandem.jobs.train;

import dev.tandem.jobs.config.ClassConfig;
import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.config.NearestName;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.config.TandemConfig;
import dev.tandem.jobs.config.TrainConfig;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.ValidationSettings;
import dev.tandem.jobs.retrieval.Validator;
import dev.tandem.jobs.train.averaging.AveragingSettings;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.graph.DualEncoderGraph;
import dev.tandem.model.graph.DualEncoderSettings;
import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Losses;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.optimize.Optimizer;
import dev.tandem.model.optimize.ScheduleFactory;
import dev.tandem.model.optimize.UpdaterFactory;
import dev.tandem.model.pretrained.PretrainedDualEncoder;
import dev.tandem.model.pretrained.PretrainedEncoder;
import dev.tandem.model.queue.QueueSettings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training run as the configuration says: builds the dual encoder, plan and settings from it and
 * runs them. For commands, and for Spark users who have prepared data sets.
 */
public final class ConfiguredTraining {
  private static final Logger LOG = LoggerFactory.getLogger(ConfiguredTraining.class);
  private static final String WORKERS = "train.workers";
  private static final String COMPUTE = "model.compute";

  private final JavaSparkContext spark;
  private final TandemConfig config;
  private final TrainConfig train;
  private final PretrainedEncoder initial;
  private final float[] initialQueryTower;
  private final String sourceFingerprint;
  private final Compute compute;
  private final Compute validationCompute;
  private final ProgressReporter progress;

  /**
   * A training run.
   *
   * @param config the groups {@code train}, {@code model}, {@code experiment}, {@code workspace},
   *     {@code seed}, and for validation {@code retrieve.depth} and {@code encode.batch-size}
   * @param model what {@code model.source} names
   * @throws TandemException of kind USAGE if its two towers cannot be trained as configured
   */
  public ConfiguredTraining(
      JavaSparkContext spark, TandemConfig config, ConfiguredModel model, ProgressReporter progress)
      throws IOException {
    this.spark = spark;
    this.config = config;
    this.train = config.train();
    this.sourceFingerprint = model.fingerprint();
    requireTrainable(model.encoders(), config.model());
    this.initial = trainable(model.encoders().passage(), config);
    this.initialQueryTower = model.encoders().query().parameters();
    this.compute = compute(spark, config);
    this.validationCompute = model.compute();
    this.progress = progress;
  }

  /**
   * As configured; with {@code auto} what the run began with, where it is there already: what is
   * faster is measured, and may come out otherwise the next time.
   */
  private static Compute compute(JavaSparkContext spark, TandemConfig config) throws IOException {
    String configured = config.model().compute();
    if (configured.equals(EncoderEngines.AUTO_COMPUTE)) {
      Object before =
          RunDirectory.recorded(spark.hadoopConfiguration(), directory(config)).get(COMPUTE);
      configured = before == null ? configured : String.valueOf(before);
    }
    return EncoderEngines.trainingCompute(config.model().engine(), configured);
  }

  private static void requireTrainable(PretrainedDualEncoder source, ModelConfig config) {
    if (source.isShared()) {
      return;
    }
    if (config.sharedTowers()) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          config.source()
              + " has two towers, but model.shared-towers is true; set model.shared-towers=false to"
              + " train both, or name one of them as model.source");
    }
    PretrainedEncoder query = source.query();
    PretrainedEncoder passage = source.passage();
    if (!query.architecture().equals(passage.architecture())
        || query.pooling() != passage.pooling()) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          config.source()
              + ": its towers differ in shape or pooling; Tandem trains two of the same shape only");
    }
  }

  /**
   * The encoder with the normalization that fits the loss: trained on cosines, its embeddings are
   * to be scaled to unit length, whatever the source did; trained on inner products, they are not.
   */
  private static PretrainedEncoder trainable(PretrainedEncoder encoder, TandemConfig config) {
    boolean normalize =
        config.model().normalize().equals("auto")
            ? similarity(config.train()) == Similarity.COSINE
            : encoder.normalize();
    return new PretrainedEncoder(
        encoder.name(),
        encoder.architecture(),
        encoder.parameters(),
        encoder.tokenizer(),
        encoder.pooling(),
        normalize,
        encoder.maxLength());
  }

  /** Where a run of this configuration goes: {@code <workspace>/runs/<experiment.name>}. */
  public static Path directory(TandemConfig config) {
    return new Path(new Path(config.workspace(), "runs"), config.experiment().name());
  }

  /**
   * Trains.
   *
   * @param examples the data set to train on, with judgements
   * @param validation the data set to measure on; empty to go without, when the last parameters are
   *     the model
   * @throws TandemException of kind BAD_DATA if there is nothing to train on, else as {@link
   *     TrainingRun#run}
   * @throws IOException where a file system fails
   */
  public TrainingOutcome run(PreparedDataset examples, Optional<PreparedDataset> validation)
      throws IOException {
    if (examples.exampleCount() == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          examples.path()
              + " has no training pairs: no judgement names a query and a passage of it. Check"
              + " data.train.collection, data.train.queries and data.train.qrels.");
    }
    TrainingPlan plan =
        TrainingPlan.of(
            examples.exampleCount(),
            workers(),
            train.batchSize(),
            train.accumulationSteps(),
            train.averaging().frequency(),
            train.epochs(),
            train.maxSteps());
    LossSettings loss =
        new LossSettings(train.loss().type(), similarity(train), train.loss().temperature());
    TrainingSettings settings = settings(examples, plan, loss);
    Path directory = directory(config);
    TrainedModel model =
        new TrainedModel(
            initial,
            config.model().engine(),
            validationCompute,
            card(settings),
            spark.hadoopConfiguration());
    Optional<Validation> measuring = Optional.empty();
    if (validation.isPresent()) {
      Validator validator =
          Validator.of(
              spark,
              validation.get(),
              new ValidationSettings(
                  config.retrieve().depth(),
                  config.encode().batchSize(),
                  config.experiment().name()),
              progress);
      measuring = Optional.of(model.validation(validator, directory));
    }
    TrainingRun run =
        new TrainingRun(
            spark,
            network(plan, loss),
            settings,
            examples.examples(spark),
            measuring,
            model,
            directory,
            progress);
    return new TrainingOutcome(run.run(), run.directory(), run.model());
  }

  /**
   * As configured; else as many as the run began with, where it is there already, because its plan
   * is made for them; else one a task slot.
   */
  private int workers() throws IOException {
    if (train.workers() != null) {
      return train.workers();
    }
    Object before =
        RunDirectory.recorded(spark.hadoopConfiguration(), directory(config)).get(WORKERS);
    if (before == null) {
      return WorkerCount.ofSlots(spark);
    }
    LOG.info("{} was started with {} workers and keeps them", directory(config), before);
    return Integer.parseInt(String.valueOf(before));
  }

  private static Similarity similarity(TrainConfig train) {
    return Similarity.valueOf(train.loss().similarity().toUpperCase(Locale.ROOT));
  }

  private ComputationGraph network(TrainingPlan plan, LossSettings loss) {
    DualEncoderSettings graph =
        new DualEncoderSettings(
            initial.architecture(),
            initial.pooling(),
            config.model().engine(),
            compute,
            config.model().sharedTowers(),
            loss,
            queue(),
            optimizer(plan.totalSteps()),
            train.gradientClipping(),
            config.seed());
    return graph.sharedTowers()
        ? DualEncoderGraph.create(graph, initial.parameters())
        : DualEncoderGraph.create(graph, initialQueryTower, initial.parameters());
  }

  /** Adds a problem where the measure to choose checkpoints by is none. */
  public static void checkMeasure(TrainConfig train, Problems problems) {
    String measure = train.validation().measure();
    List<String> valid = Validator.averagedMeasures();
    if (!valid.contains(measure)) {
      String near = NearestName.of(measure, valid);
      problems.add(
          "train.validation.measure",
          "must be a measure under the name that trec_eval prints, as ndcg_cut_10, recip_rank or"
              + " recall_100"
              + (near == null ? "" : "; did you mean " + near + "?"));
    }
  }

  private QueueSettings queue() {
    return new QueueSettings(
        train.queue().size(), train.queue().pairs() && !train.loss().type().equals(Losses.NT_XENT));
  }

  private Optimizer optimizer(int totalSteps) {
    ClassConfig updater = train.optimizer();
    ClassConfig schedule = train.schedule();
    Optimizer optimizer = UpdaterFactory.create(updater.className(), updater.arguments(), null);
    return optimizer.withSchedule(
        ScheduleFactory.create(
            schedule.className(), schedule.arguments(), optimizer.learningRate(), totalSteps));
  }

  private TrainingSettings settings(
      PreparedDataset examples, TrainingPlan plan, LossSettings loss) {
    return new TrainingSettings(
        plan,
        new WorkerSettings(
            train.accumulationSteps(),
            queue(),
            initial.architecture().hiddenSize(),
            loss.create().otherPositives(),
            AveragingSettings.named(train.averaging().updaterState(), train.averaging().wire())),
        config.seed(),
        train.hardNegatives(),
        train.validation().before(),
        train.validation().everyRounds(),
        train.validation().measure(),
        train.checkpoint().everyRounds(),
        train.checkpoint().keep(),
        train.resume(),
        identity(examples, plan));
  }

  /** What the parameters after each step are a function of. */
  private Map<String, Object> identity(PreparedDataset examples, TrainingPlan plan) {
    ModelConfig model = config.model();
    Map<String, Object> identity = new TreeMap<>();
    identity.put("seed", String.valueOf(config.seed()));
    identity.put("model.source", model.source() + " " + sourceFingerprint.substring(0, 16));
    identity.put("model.pooling", initial.pooling().toString().toLowerCase(Locale.ROOT));
    identity.put("model.normalize", String.valueOf(initial.normalize()));
    identity.put(COMPUTE, compute.key());
    identity.put("model.shared-towers", String.valueOf(model.sharedTowers()));
    identity.put("data.train", examples.path().getName());
    identity.put("train.epochs and train.max-steps", plan.totalSteps() + " steps");
    identity.put("train.batch-size", String.valueOf(train.batchSize()));
    identity.put("train.hard-negatives", String.valueOf(train.hardNegatives()));
    identity.put("train.accumulation-steps", String.valueOf(train.accumulationSteps()));
    identity.put(WORKERS, String.valueOf(plan.workers()));
    identity.put("train.gradient-clipping", String.valueOf(train.gradientClipping()));
    identity.put("train.averaging.frequency", String.valueOf(train.averaging().frequency()));
    identity.put("train.averaging.updater-state", train.averaging().updaterState());
    identity.put("train.averaging.wire", train.averaging().wire());
    if (train.averaging().updaterState().equals("local")) {
      // Checkpoints are where the workers' states are averaged
      identity.put(
          "train.checkpoint.every-rounds", String.valueOf(train.checkpoint().everyRounds()));
    }
    identity.put("train.loss.type", train.loss().type());
    identity.put("train.loss.similarity", train.loss().similarity());
    identity.put("train.loss.temperature", String.valueOf(train.loss().temperature()));
    identity.put("train.queue.size", String.valueOf(train.queue().size()));
    identity.put("train.queue.pairs", String.valueOf(train.queue().pairs()));
    identity.put("train.optimizer", text(train.optimizer()));
    identity.put("train.schedule", text(train.schedule()));
    return identity;
  }

  private static String text(ClassConfig config) {
    return config.className() + " " + config.arguments();
  }

  private Map<String, String> card(TrainingSettings settings) {
    Map<String, String> card = new LinkedHashMap<>();
    settings.identity().forEach((key, value) -> card.put(key, String.valueOf(value)));
    card.put("experiment.name", config.experiment().name());
    if (!config.experiment().notes().isBlank()) {
      card.put("experiment.notes", config.experiment().notes());
    }
    if (!config.experiment().tags().isEmpty()) {
      card.put("experiment.tags", String.join(", ", config.experiment().tags()));
    }
    card.put("data.train.collection", String.valueOf(config.data().train().collection()));
    return card;
  }
}
