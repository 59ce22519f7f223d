package dev.tandem.jobs.train;

import dev.tandem.jobs.data.TrainingExample;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.LiveCount;
import dev.tandem.jobs.progress.Polling;
import dev.tandem.jobs.progress.Progress;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.jobs.train.averaging.ContrastiveTrainingMaster;
import dev.tandem.jobs.train.averaging.FlatFloats;
import dev.tandem.jobs.train.averaging.LearningRate;
import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.checkpoint.CheckpointProgress;
import dev.tandem.jobs.train.checkpoint.CheckpointStore;
import dev.tandem.jobs.train.checkpoint.TrainingCheckpoint;
import dev.tandem.jobs.train.sampling.EpochSampler;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import dev.tandem.model.graph.DualEncoderGraph;
import dev.tandem.model.queue.NegativeQueue;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a dual encoder from the first validation to the best checkpoint, on the driver.
 *
 * <p>With one worker ({@code local[1]}) a run that was killed and resumed ends with the same
 * parameters, bit for bit, as one that was not: order of examples, parameters, updater state,
 * counters and negative queues all come from the checkpoint or the seed. With several workers this
 * holds as long as tasks find the slots of the round before.
 */
public final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  /** Queues larger than this, all workers together, do not go into checkpoints. */
  private static final long LARGEST_QUEUES = 512L << 20;

  private final JavaSparkContext spark;
  private final TrainingSettings settings;
  private final JavaRDD<TrainingExample> examples;
  private final Optional<Validation> validation;
  private final ModelWriter modelWriter;
  private final RunDirectory directory;
  private final ProgressReporter reporter;
  private final ComputationGraph network;
  private final ContrastiveTrainingMaster master;
  private final SparkComputationGraph graph;
  private final EpochSampler sampler;
  private final LongAccumulator pairsDone;
  private final MixedCompute mixedCompute;
  private TrainingLog log;
  private CheckpointProgress progress = CheckpointProgress.begin();
  private JavaRDD<Minibatch> epoch;
  private int epochNumber = -1;
  private Map<Integer, NegativeQueue.Snapshot> queues = Map.of();
  private double loss;

  /**
   * A run; nothing happens yet.
   *
   * @param network the dual encoder with its initial parameters; holds the last ones afterwards
   * @param examples all training examples, indexed without gaps
   * @param validation measures parameters; empty where there is no validation set
   * @param modelWriter writes parameters as models for other programs
   * @param path directory of the run, on any Hadoop file system
   * @throws IOException where the file system fails
   */
  public TrainingRun(
      JavaSparkContext spark,
      ComputationGraph network,
      TrainingSettings settings,
      JavaRDD<TrainingExample> examples,
      Optional<Validation> validation,
      ModelWriter modelWriter,
      Path path,
      ProgressReporter reporter)
      throws IOException {
    this.spark = spark;
    this.network = network;
    this.mixedCompute = new MixedCompute(DualEncoderGraph.configuredCompute(network).orElse(null));
    this.settings = settings;
    this.examples = examples;
    this.validation = validation;
    this.modelWriter = modelWriter;
    this.reporter = reporter;
    this.directory = new RunDirectory(spark.hadoopConfiguration(), path, settings.identity());
    this.pairsDone = spark.sc().longAccumulator("pairs trained on");
    this.master =
        new ContrastiveTrainingMaster(
            spark, UUID.randomUUID().toString(), settings.plan(), settings.workers(), pairsDone);
    this.graph = new SparkComputationGraph(spark, network, master);
    this.sampler = new EpochSampler(settings.plan(), settings.seed(), settings.hardNegatives());
  }

  /** The directory of the run. */
  public Path directory() {
    return directory.path();
  }

  /** The directory with the best model. */
  public Path model() {
    return directory.model();
  }

  /**
   * Trains, or finds that the same run is already done.
   *
   * @throws dev.tandem.jobs.failure.TandemException of kind ARTIFACT if the directory holds another
   *     run; of kind USAGE if training diverges
   * @throws IOException where a file system fails
   */
  public TrainingSummary run() throws IOException {
    Optional<TrainingSummary> done = directory.begin(settings.resume());
    if (done.isPresent()) {
      LOG.info("{} is already trained with these settings", directory.path());
      return done.get();
    }
    if (settings.resume()) {
      restore();
    }
    log = directory.log(progress.step());
    try {
      validateBefore();
      train();
    } finally {
      master.release(spark);
      log.flush();
    }
    TrainingSummary summary =
        new TrainingSummary(
            progress.best(),
            progress.before(),
            progress.bestStep(),
            progress.step(),
            progress.pairs(),
            progress.seconds(),
            settings.plan().workers());
    directory.finish(summary);
    return summary;
  }

  private void restore() throws IOException {
    Optional<CheckpointStore.Found> found = directory.resumeFrom();
    if (found.isEmpty()) {
      LOG.warn(
          "train.resume: {} has no checkpoint to go on from, so training starts at the beginning. Was"
              + " another experiment.name meant?",
          directory.path());
      return;
    }
    TrainingCheckpoint checkpoint = directory.checkpoints().read(found.get());
    progress = checkpoint.progress();
    checkpoint.parameters().copyTo(network.params());
    checkpoint.updaterState().copyTo(network.getUpdater().getStateViewArray());
    network.getConfiguration().setIterationCount(progress.step());
    master.restoreQueues(checkpoint.queues());
    LOG.info("Going on from {}, {} pairs done", found.get().path(), progress.pairs());
  }

  private void validateBefore() throws IOException {
    if (validation.isPresent() && settings.validateBefore() && progress.nextRound() == 0) {
      progress = progress.withBefore(measure("before"));
    }
  }

  private void train() throws IOException {
    List<TrainingPlan.Round> rounds = settings.plan().rounds();
    int from = progress.nextRound();
    try {
      while (from < rounds.size()) {
        int to = from + 1;
        while (!settings.validatesAfter(to - 1, to == rounds.size())) {
          to++;
        }
        trainStretch(rounds, from, to);
        if (to < rounds.size() && validation.isPresent()) {
          TrainingPlan.Round next = rounds.get(to);
          master.announce(graph, next, keepsQueues(next), checkpointsAfter(next));
        }
        choose(to == rounds.size());
        if (settings.checkpointsAfter(to - 1, to == rounds.size())) {
          writeCheckpoint();
        }
        from = to;
      }
    } finally {
      unpersist(epoch);
    }
  }

  /** The rounds up to the next validation, with a progress of their own. */
  private void trainStretch(List<TrainingPlan.Round> rounds, int from, int to) throws IOException {
    TrainingPlan plan = settings.plan();
    long pairs =
        rounds.subList(from, to).stream()
            .mapToLong(round -> plan.examplesIn(round.firstStep(), round.steps()))
            .sum();
    int steps = rounds.subList(from, to).stream().mapToInt(TrainingPlan.Round::steps).sum();
    String phase = "train to step %d of %d".formatted(progress.step() + steps, plan.totalSteps());
    long before = progress.pairs();
    AtomicLong earlierRounds = new AtomicLong();
    try (Progress shown = reporter.start(phase, pairs, "pairs");
        LiveCount ofRound = LiveCount.of(spark.sc(), pairsDone);
        Polling polling =
            ProgressReporter.poll(shown, () -> earlierRounds.get() + ofRound.value())) {
      for (TrainingPlan.Round round : rounds.subList(from, to)) {
        round(round);
        // Exact, though a round that was begun again had counted some pairs twice
        ofRound.restart();
        earlierRounds.set(progress.pairs() - before);
        shown.note("loss %.4f".formatted(loss));
        if (round.number() < to - 1 && settings.checkpointsAfter(round.number(), false)) {
          writeCheckpoint();
        }
      }
    }
  }

  private static void unpersist(JavaRDD<Minibatch> epoch) {
    if (epoch != null) {
      epoch.unpersist(false);
    }
  }

  private boolean isLast(TrainingPlan.Round round) {
    return round.number() == settings.plan().rounds().size() - 1;
  }

  private boolean checkpointsAfter(TrainingPlan.Round round) {
    return settings.checkpointsAfter(round.number(), isLast(round));
  }

  private boolean keepsQueues(TrainingPlan.Round round) {
    return checkpointsAfter(round) && !isLast(round) && queuesFit();
  }

  private void round(TrainingPlan.Round round) throws IOException {
    if (round.epoch() != epochNumber) {
      unpersist(epoch);
      epochNumber = round.epoch();
      epoch = sampler.epoch(examples, epochNumber).persist(StorageLevel.MEMORY_AND_DISK());
    }
    double rate =
        LearningRate.at(network.getConfiguration(), network.getIterationCount(), round.epoch());
    RoundOutcome outcome =
        master.executeRound(graph, epoch, round, keepsQueues(round), checkpointsAfter(round));
    queues = outcome.queues();
    loss = outcome.loss();
    progress = progress.after(round.steps(), outcome.pairs(), outcome.seconds());
    LostState.warn(outcome, round);
    mixedCompute.warn(outcome);
    log.round(round, progress, outcome, rate);
  }

  /** Validates and keeps the parameters where they are the best so far. */
  private void choose(boolean last) throws IOException {
    if (validation.isEmpty()) {
      if (last) {
        keepAsBest(Map.of());
      }
      return;
    }
    Map<String, Double> measures = measure("after step " + progress.step());
    double value = measures.get(settings.measure());
    if (progress.bestStep() < 0 || value > progress.best().get(settings.measure())) {
      keepAsBest(measures);
    }
  }

  private void keepAsBest(Map<String, Double> measures) throws IOException {
    progress = progress.withBest(measures);
    directory.writeModel(path -> modelWriter.write(network, progress.step(), measures, path));
  }

  private Map<String, Double> measure(String when) throws IOException {
    long begin = System.nanoTime();
    Map<String, Double> measures = validation.orElseThrow().measure(network, progress.step());
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (!measures.containsKey(settings.measure())) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "train.validation.measure=%s is no measure of the validation; there are %s"
              .formatted(settings.measure(), String.join(", ", measures.keySet())));
    }
    LOG.info(
        "Validation {}: {} {} ({} s)",
        when,
        settings.measure(),
        "%.4f".formatted(measures.get(settings.measure())),
        "%.1f".formatted(seconds));
    log.validation(progress.step(), measures, seconds);
    return measures;
  }

  private boolean queuesFit() {
    return 4L
            * (settings.workers().queue().pairs() ? 2 : 1)
            * settings.workers().queue().capacity()
            * settings.workers().embeddingSize()
            * settings.plan().workers()
        <= LARGEST_QUEUES;
  }

  private void writeCheckpoint() throws IOException {
    directory.requireOwn();
    log.flush();
    CheckpointStore store = directory.checkpoints();
    Path written =
        store.write(
            new TrainingCheckpoint(
                progress, FlatFloats.of(network.params()), updaterState(), queues),
            path -> modelWriter.write(network, progress.step(), measured(), path));
    store.prune(settings.keep());
    LOG.info("Checkpoint {}", written);
  }

  /** The measures of the present parameters where they were validated and are the best. */
  private Map<String, Double> measured() {
    return progress.bestStep() == progress.step() ? progress.best() : Map.of();
  }

  private FlatFloats updaterState() {
    return FlatFloats.of(network.getUpdater().getStateViewArray());
  }
}
