package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.Minibatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.LongAccumulator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingWorker;

/**
 * A worker's part of a round: takes parameters, updater state and counters from the transport into
 * the graph of a leased slot, trains on its minibatches, and returns what became of them.
 *
 * <p>Where the base class builds a new graph for each round from a cloned configuration, which
 * starts the iteration count at zero again, this one sets the count that the driver keeps: Adam's
 * bias correction and learning-rate schedules go on from round to round.
 */
public final class ContrastiveTrainingWorker extends ParameterAveragingTrainingWorker {
  private static final long serialVersionUID = 1L;

  private final Transport transport;
  private final Transport.Sent sent;
  private final WorkerSettings settings;
  private final LongAccumulator pairsDone;

  ContrastiveTrainingWorker(
      Transport transport,
      Transport.Sent sent,
      WorkerSettings settings,
      WorkerConfiguration configuration,
      LongAccumulator pairsDone) {
    super(null, true, configuration, null, null, null);
    this.transport = transport;
    this.sent = sent;
    this.settings = settings;
    this.pairsDone = pairsDone;
  }

  /**
   * Trains on a worker's minibatches of a round.
   *
   * @param worker the worker's number, from 0
   * @param epoch its minibatches of the whole epoch, in order; those of other rounds are skipped
   * @return its report, the result being left with the transport; none where all its minibatches
   *     are empty
   */
  Iterator<WorkerReport> train(int worker, Iterator<Minibatch> epoch) {
    long begin = System.nanoTime();
    RoundState round = sent.get();
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
                settings.queueCapacity(),
                settings.embeddingSize(),
                () -> newGraph(round))) {
      ComputationGraph graph = lease.graph();
      restore(graph, round);
      return Collections.singleton(train(worker, lease, round, steps, begin)).iterator();
    }
  }

  private WorkerReport train(
      int worker, WorkerSlots.Lease lease, RoundState round, RoundSteps steps, long begin) {
    long start = System.nanoTime();
    ContrastiveStep step = new ContrastiveStep(lease.graph(), lease.queue(), settings);
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
    long end = System.nanoTime();
    long attempt = TaskContext.get().taskAttemptId();
    ComputationGraph graph = lease.graph();
    transport.leave(round, attempt, graph.params(), graph.getUpdater().getStateViewArray());
    WorkerReport report =
        new WorkerReport(
            worker,
            attempt,
            SparkEnv.get().blockManager().blockManagerId().hostPort(),
            taken,
            pairs,
            lossSum,
            lease.queue() == null ? 0 : lease.queue().size(),
            lease.startedEmpty(),
            (start - begin) / 1e9,
            (end - start) / 1e9,
            round.returnQueues() && lease.queue() != null ? lease.queue().snapshot() : null,
            failure);
    lease.finished(round, attempt);
    return report;
  }

  private static ComputationGraph newGraph(RoundState round) {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(round.graph())) {
          @Override
          protected Class<?> resolveClass(java.io.ObjectStreamClass description)
              throws IOException, ClassNotFoundException {
            // On executors the classes of the application are in the task's class loader only.
            return Class.forName(
                description.getName(), false, Thread.currentThread().getContextClassLoader());
          }
        }) {
      ComputationGraph graph =
          new ComputationGraph((ComputationGraphConfiguration) in.readObject());
      graph.init();
      return graph;
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("the graph's configuration cannot be read", e);
    }
  }

  private static void restore(ComputationGraph graph, RoundState round) {
    round.parameters().copyTo(graph.params());
    round.updaterState().copyTo(graph.getUpdater().getStateViewArray());
    graph.getConfiguration().setIterationCount(round.iteration());
    graph.getConfiguration().setEpochCount(round.round().epoch());
  }

  /** A new graph in the state that was sent, counters included. */
  @Override
  public ComputationGraph getInitialModelGraph() {
    RoundState round = sent.get();
    ComputationGraph graph = newGraph(round);
    restore(graph, round);
    return graph;
  }
}
