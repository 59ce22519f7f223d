package dev.tandem.jobs.bench;

import dev.tandem.jobs.train.WorkerCount;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.model.graph.DualEncoderGraph;
import dev.tandem.model.queue.QueueSettings;
import dev.tandem.model.queue.RelevanceMatrix;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * What a round of parameter averaging costs beside its training, against DL4J's own training master
 * with the same graph, updater state and minibatches, on two workers of this command's Spark.
 */
final class AveragingBenchmark implements Benchmark {
  private static final String PEER = "DL4J ParameterAveragingTrainingMaster";
  private static final String POM_PROPERTIES =
      "/META-INF/maven/org.deeplearning4j/dl4j-spark_2.12/pom.properties";
  private static final int WORKERS = 2;

  /** Heap that the stock master takes for each parameter: copies of state as Java objects. */
  private static final long STOCK_HEAP_A_PARAMETER = 130;

  @Override
  public String name() {
    return "averaging-round-vs-stock";
  }

  @Override
  public String describe() {
    return "a round of parameter averaging against DL4J's own training master";
  }

  @Override
  public BenchmarkResult run(BenchmarkContext context) throws IOException {
    JavaSparkContext spark = context.spark().get();
    int slots = WorkerCount.ofSlots(spark);
    if (slots < WORKERS) {
      return skipped(slots);
    }
    BenchSizes sizes = context.sizes();
    WorkerSettings settings = TrainingWorker.settings(sizes.architecture(), QueueSettings.NONE);
    List<Minibatch> minibatches = minibatches(context);
    List<RoundTimes> ours = new ArrayList<>();
    List<RoundTimes> theirs = new ArrayList<>();
    Map<String, Contender> contenders = new LinkedHashMap<>();
    Map<String, Object> details = new LinkedHashMap<>();
    ComputationGraph graph = graph(context);
    long parameters = graph.numParams();
    details.put("parameters", parameters);
    details.put("master", spark.master());
    String what =
        String.format(
            Locale.ROOT,
            "%.1f M parameters, %d workers, %d steps of %d pairs",
            parameters / 1e6,
            WORKERS,
            sizes.roundSteps(),
            sizes.roundPairs());
    String missing = heapMissing(parameters);
    try (TandemRounds tandem =
            new TandemRounds(spark, graph, settings, minibatches, WORKERS, sizes.roundPairs());
        StockRounds stock =
            missing != null
                ? null
                : new StockRounds(
                    spark,
                    graph(context),
                    dataSets(minibatches, settings),
                    WORKERS,
                    sizes.roundPairs())) {
      contenders.put("tandem", overhead(ours, tandem::run));
      if (stock != null) {
        contenders.put(Peer.NAME, overhead(theirs, stock::run));
      }
      Interleaved.Outcome outcome = context.interleaved().run(name() + ": " + what, contenders);
      details.put("tandem-round", medians(context, ours));
      if (stock != null) {
        details.put("stock-round", medians(context, theirs));
      }
      Comparison comparison =
          new Comparison(
              what + ": overhead",
              "",
              new Side(1, outcome.samples().get("tandem")),
              Optional.ofNullable(outcome.samples().get(Peer.NAME)).map(s -> new Side(1, s)));
      return new BenchmarkResult(
          name(),
          missing == null
              ? PeerState.present(PEER, Map.of("dl4j-spark", version()))
              : PeerState.missing(PEER, missing),
          false,
          List.of(comparison),
          details,
          List.of(
              "Averaging round: parameters and Adam state averaged; the overhead is the round's"
                  + " time less the steps of its slowest worker. Both masters train the same graph"
                  + " on the same minibatches, on Spark "
                  + spark.version()
                  + " at "
                  + spark.master()
                  + "."));
    }
  }

  /** The overhead of rounds as a contender, each round's times kept. */
  private static Contender overhead(List<RoundTimes> times, Supplier<RoundTimes> rounds) {
    return () -> {
      RoundTimes round = rounds.get();
      times.add(round);
      return round.overhead();
    };
  }

  private static BenchmarkResult skipped(int slots) {
    String reason =
        "skipped: two workers need two task slots, this Spark has %d (--master local[2])"
            .formatted(slots);
    return new BenchmarkResult(
        "averaging-round-vs-stock",
        PeerState.missing(PEER, reason),
        false,
        List.of(),
        Map.of(),
        List.of("Averaging round: " + reason + "."));
  }

  private static String heapMissing(long parameters) {
    long needed = STOCK_HEAP_A_PARAMETER * parameters;
    long heap = Runtime.getRuntime().maxMemory();
    return heap >= needed
        ? null
        : "it needs a driver heap of %d MB or so, this one has %d MB (TANDEM_DRIVER_MEMORY)"
            .formatted(needed >> 20, heap >> 20);
  }

  private static ComputationGraph graph(BenchmarkContext context) {
    return TrainingWorker.graph(
        context.sizes().architecture(),
        context.config().model(),
        QueueSettings.NONE,
        context.config().seed());
  }

  private static List<Minibatch> minibatches(BenchmarkContext context) {
    BenchSizes sizes = context.sizes();
    Random random = new Random(context.config().seed());
    PairLengths lengths =
        PairLengths.equal(sizes.roundPairs(), sizes.queryLength(), sizes.passageLength());
    List<Minibatch> minibatches = new ArrayList<>();
    for (int i = 0; i < WORKERS * sizes.roundSteps(); i++) {
      minibatches.add(TrainingWorker.minibatch(sizes.architecture(), lengths, i, random));
    }
    return minibatches;
  }

  /** The same minibatches as the stock worker takes them. */
  private static List<MultiDataSet> dataSets(List<Minibatch> minibatches, WorkerSettings settings) {
    List<MultiDataSet> sets = new ArrayList<>();
    for (Minibatch minibatch : minibatches) {
      sets.add(
          DualEncoderGraph.batch(
              Arrays.asList(minibatch.queries()),
              Arrays.asList(minibatch.passages()),
              null,
              RelevanceMatrix.of(
                  Arrays.stream(minibatch.knownPositives()).map(Arrays::asList).toList(),
                  Arrays.asList(minibatch.passageIds()),
                  new String[0],
                  settings.otherPositives())));
    }
    return sets;
  }

  /** Medians of the counted rounds. */
  private static Map<String, Object> medians(BenchmarkContext context, List<RoundTimes> all) {
    List<RoundTimes> counted = all.subList(context.bench().warmup(), all.size());
    Map<String, Object> medians = new LinkedHashMap<>();
    medians.put("seconds", new Sample(counted.stream().map(RoundTimes::seconds).toList()).median());
    medians.put(
        "train-seconds",
        new Sample(counted.stream().map(RoundTimes::trainSeconds).toList()).median());
    medians.put(
        "overhead-seconds",
        new Sample(counted.stream().map(RoundTimes::overhead).toList()).median());
    return medians;
  }

  private static String version() throws IOException {
    try (InputStream in =
        ParameterAveragingTrainingMaster.class.getResourceAsStream(POM_PROPERTIES)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "of an unknown version");
    }
  }
}
