package dev.tandem.jobs.bench;

import dev.tandem.jobs.config.ModelConfig;
import dev.tandem.jobs.train.averaging.ContrastiveStep;
import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.Pooling;
import dev.tandem.model.graph.DualEncoderGraph;
import dev.tandem.model.graph.DualEncoderSettings;
import dev.tandem.model.loss.LossSettings;
import dev.tandem.model.loss.Losses;
import dev.tandem.model.loss.Similarity;
import dev.tandem.model.optimize.AdamW;
import dev.tandem.model.optimize.Optimizer;
import dev.tandem.model.queue.NegativeQueue;
import dev.tandem.model.queue.QueueSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A worker as training has them, with a graph and a negative queue of its own, that makes steps of
 * given lengths. Close it to free its native memory.
 */
final class TrainingWorker implements AutoCloseable {
  private static final double LEARNING_RATE = 2e-5;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double CLIPPING = 1;

  private final ComputationGraph graph;
  private final NegativeQueue queue;
  private final ContrastiveStep step;
  private final List<List<Minibatch>> minibatches = new ArrayList<>();
  private int next;

  TrainingWorker(BenchSizes sizes, PairLengths lengths, ModelConfig model, long seed) {
    EncoderArchitecture architecture = sizes.architecture();
    graph = graph(architecture, model, QueueSettings.ofPassages(sizes.queue()), seed);
    queue = new NegativeQueue(sizes.queue(), architecture.hiddenSize());
    step =
        new ContrastiveStep(
            graph, queue, settings(architecture, QueueSettings.ofPassages(sizes.queue())));
    Random random = new Random(seed);
    // So many that a passage has left the queue when it comes round again
    int rounds = (sizes.queue() / lengths.pairs() + 1) / lengths.passages().size() + 1;
    for (int i = 0; i < rounds * lengths.passages().size(); i++) {
      minibatches.add(List.of(minibatch(architecture, lengths, i, random)));
    }
  }

  /**
   * A dual encoder on the engine of a configuration with random weights, AdamW and gradient
   * clipping.
   */
  static ComputationGraph graph(
      EncoderArchitecture architecture, ModelConfig model, QueueSettings queue, long seed) {
    return DualEncoderGraph.create(
        new DualEncoderSettings(
            architecture,
            Pooling.MEAN,
            model.engine(),
            EncoderEngines.trainingCompute(model.engine(), model.compute()),
            true,
            loss(),
            queue,
            new Optimizer(new AdamW(LEARNING_RATE, null, 0.9, 0.999, 1e-8), WEIGHT_DECAY),
            CLIPPING,
            seed),
        RandomWeights.of(architecture, seed));
  }

  private static LossSettings loss() {
    return new LossSettings(Losses.INFO_NCE, Similarity.COSINE, TrainingPeer.TEMPERATURE);
  }

  /** What goes with {@link #graph}. */
  static WorkerSettings settings(EncoderArchitecture architecture, QueueSettings queue) {
    return new WorkerSettings(
        1, queue, architecture.hiddenSize(), loss().create().otherPositives());
  }

  /** Pairs of random tokens for a step. */
  static Minibatch minibatch(
      EncoderArchitecture architecture, PairLengths lengths, int step, Random random) {
    String[] ids = new String[lengths.pairs()];
    String[][] known = new String[ids.length][];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "p" + random.nextInt(Integer.MAX_VALUE);
      known[i] = new String[] {ids[i]};
    }
    return new Minibatch(
        lengths.randomQueries(architecture, random),
        lengths.randomPassages(architecture, step, random),
        ids,
        known);
  }

  /**
   * Makes one step.
   *
   * @throws IllegalStateException if its loss is not a finite number
   */
  void step() {
    double loss = step.run(minibatches.get(next));
    next = (next + 1) % minibatches.size();
    queue.commit();
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("the loss of a step of the benchmark is " + loss);
    }
  }

  @Override
  public void close() {
    DualEncoderGraph.close(graph);
  }
}
