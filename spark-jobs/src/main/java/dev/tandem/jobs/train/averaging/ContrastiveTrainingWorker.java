package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.retrieval.GpuBinding;
import dev.tandem.jobs.train.sampling.Minibatch;
import dev.tandem.model.graph.DualEncoderGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.util.LongAccumulator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingWorker;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A worker's part of a round: takes parameters, updater state and counters into a leased graph,
 * trains on its minibatches, and returns what became of them.
 *
 * <p>Where the base class builds a new graph for each round from a cloned configuration, which
 * starts the iteration count at zero again, this one sets the count that the driver keeps: Adam's
 * bias correction and learning-rate schedules go on from round to round.
 */
public final class ContrastiveTrainingWorker extends ParameterAveragingTrainingWorker {
  private static final long serialVersionUID = 1L;

  private final Transport.Exchange exchange;
  private final WorkerSettings settings;
  private final LongAccumulator pairsDone;

  ContrastiveTrainingWorker(
      Transport.Exchange exchange,
      WorkerSettings settings,
      WorkerConfiguration configuration,
      LongAccumulator pairsDone) {
    super(null, true, configuration, null, null, null);
    this.exchange = exchange;
    this.settings = settings;
    this.pairsDone = pairsDone;
  }

  /**
   * Trains on a worker's minibatches of a round.
   *
   * @param worker the worker's number, from 0
   * @param epoch its minibatches of the whole epoch, in order; those of other rounds are skipped
   * @return its report, the result being left with the exchange; none where all its minibatches are
   *     empty
   */
  Iterator<WorkerReport> train(int worker, Iterator<Minibatch> epoch) {
    long begin = System.nanoTime();
    RoundState round = exchange.round();
    RoundSteps steps = new RoundSteps(epoch, round.round(), settings.accumulation());
    if (!steps.hasNext()) {
      return Collections.emptyIterator();
    }
    int device = GpuBinding.bind(TaskContext.get());
    try (WorkerSlots.Lease lease =
        WorkerSlots.of(round.run())
            .lease(
                worker,
                device,
                round,
                settings.queue().capacity(),
                settings.embeddingSize(),
                () -> WorkerGraph.of(round))) {
      boolean lost = begin(lease.graph(), lease, round);
      return Collections.singleton(train(worker, lease, round, steps, lost, begin)).iterator();
    } catch (IOException e) {
      throw new UncheckedIOException("worker " + worker + " cannot take part in the round", e);
    }
  }

  /**
   * Brings a graph into the state that the round starts with.
   *
   * @param lease has the worker's own updater state; null for none
   * @return whether the worker should have had an updater state of its own but has not
   */
  private boolean begin(WorkerGraph graph, WorkerSlots.Lease lease, RoundState round)
      throws IOException {
    graph.count(round);
    exchange.copyParametersTo(graph.network().params());
    INDArray state = graph.updaterState();
    if (state == null) {
      return false;
    }
    switch (round.averaging().updaterState()) {
      case RESET -> {
        if (!graph.resetUpdaterState()) {
          exchange.copyUpdaterStateTo(state);
        }
        return false;
      }
      case LOCAL -> {
        boolean common = round.commonUpdaterState();
        boolean own = !common && lease != null && lease.copyUpdaterStateTo(state);
        if (!own) {
          exchange.copyUpdaterStateTo(state);
        }
        return !common && !own;
      }
      default -> {
        exchange.copyUpdaterStateTo(state);
        return false;
      }
    }
  }

  private WorkerReport train(
      int worker,
      WorkerSlots.Lease lease,
      RoundState round,
      RoundSteps steps,
      boolean updaterStateLost,
      long begin)
      throws IOException {
    long start = System.nanoTime();
    ComputationGraph network = lease.graph().network();
    ContrastiveStep step = new ContrastiveStep(network, lease.queue(), settings);
    int pairs = 0;
    int taken = 0;
    double lossSum = 0;
    String failure = null;
    while (steps.hasNext()) {
      List<Minibatch> minibatches = steps.next();
      int pairsOfStep = minibatches.stream().mapToInt(Minibatch::pairs).sum();
      double loss = step.run(minibatches);
      taken++;
      if (!Double.isFinite(loss)) {
        failure =
            "the loss became %s in step %d of epoch %d on worker %d (learning rate %s)"
                .formatted(
                    loss,
                    round.round().firstStep() + taken,
                    round.round().epoch() + 1,
                    worker,
                    step.learningRate());
        break;
      }
      pairs += pairsOfStep;
      lossSum += loss * pairsOfStep;
      pairsDone.add(pairsOfStep);
    }
    long trained = System.nanoTime();
    long attempt = TaskContext.get().taskAttemptId();
    INDArray updaterState = lease.graph().updaterState();
    exchange.leave(attempt, network.params(), round.returnUpdaterState() ? updaterState : null);
    if (round.keepsUpdaterState() && updaterState != null) {
      lease.stageUpdaterState(updaterState);
    }
    WorkerReport report =
        new WorkerReport(
            worker,
            attempt,
            Blocks.here(),
            taken,
            pairs,
            lossSum,
            lease.queue() == null ? 0 : lease.queue().size(),
            lease.startedEmpty(),
            updaterStateLost,
            (start - begin) / 1e9,
            (trained - start) / 1e9,
            (System.nanoTime() - trained) / 1e9,
            round.returnQueues() && lease.queue() != null ? lease.queue().snapshot() : null,
            DualEncoderGraph.effectiveCompute(network).orElse(null),
            failure);
    lease.finished(attempt);
    return report;
  }

  /** A new graph in the state that was sent, counters included. */
  @Override
  public ComputationGraph getInitialModelGraph() {
    WorkerGraph graph = WorkerGraph.of(exchange.round());
    try {
      begin(graph, null, exchange.round());
    } catch (IOException e) {
      throw new UncheckedIOException("the driver's parameters cannot be had", e);
    }
    return graph.network();
  }
}
