package dev.tandem.jobs.train.averaging;

import dev.tandem.model.graph.DualEncoderGraph;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * A graph that a worker trains in, used in round after round.
 *
 * <p>Where moments start anew each round, the graph counts iterations from the round's beginning,
 * which is what bias correction needs; learning rates are taken from the schedules at the iteration
 * of the whole training. Schedules of anything else, such as momentum, begin anew too.
 */
final class WorkerGraph implements AutoCloseable {
  private final ComputationGraph network;
  private final RoundSchedule.Offset offset;
  private final boolean newUpdaterIsZero;

  private WorkerGraph(
      ComputationGraph network, RoundSchedule.Offset offset, boolean newUpdaterIsZero) {
    this.network = network;
    this.offset = offset;
    this.newUpdaterIsZero = newUpdaterIsZero;
  }

  /** A graph over a network, which it owns, whose counters and moments run through all rounds. */
  static WorkerGraph over(ComputationGraph network) {
    return new WorkerGraph(network, null, false);
  }

  /** A new graph, not yet in the state of any round. */
  static WorkerGraph of(RoundState round) {
    ComputationGraph network = new ComputationGraph(configuration(round));
    network.init();
    boolean restarts = round.averaging().updaterState() == UpdaterState.RESET;
    return restarts ? restarting(network) : over(network);
  }

  private static WorkerGraph restarting(ComputationGraph network) {
    RoundSchedule.Offset offset = new RoundSchedule.Offset();
    Set<IUpdater> updaters = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer layer : network.getLayers()) {
      if (layer.numParams() > 0) {
        layer
            .paramTable()
            .keySet()
            .forEach(name -> updaters.add(layer.getConfig().getUpdaterByParam(name)));
      }
    }
    updaters.stream()
        .filter(IUpdater::hasLearningRate)
        .forEach(u -> u.setLrAndSchedule(Double.NaN, new RoundSchedule(u.clone(), offset)));
    INDArray state = network.getUpdater().getStateViewArray();
    return new WorkerGraph(network, offset, state != null && state.amaxNumber().doubleValue() == 0);
  }

  private static ComputationGraphConfiguration configuration(RoundState round) {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(round.graph())) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass description)
              throws ClassNotFoundException {
            // On executors the classes of the application are in the task's class loader only.
            return Class.forName(
                description.getName(), false, Thread.currentThread().getContextClassLoader());
          }
        }) {
      return (ComputationGraphConfiguration) in.readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("the graph's configuration cannot be read", e);
    }
  }

  ComputationGraph network() {
    return network;
  }

  /** The flat view of the updater's state; null where it has none. */
  INDArray updaterState() {
    return network.getUpdater().getStateViewArray();
  }

  /** Sets the counters to the beginning of a round. */
  void count(RoundState round) {
    if (offset == null) {
      network.getConfiguration().setIterationCount(round.iteration());
    } else {
      offset.set(round.iteration());
      network.getConfiguration().setIterationCount(0);
    }
    network.getConfiguration().setEpochCount(round.round().epoch());
  }

  /**
   * Makes the updater's state that of a new updater.
   *
   * @return false, and nothing is done, where that is not zero and must be had from the driver
   */
  boolean resetUpdaterState() {
    if (newUpdaterIsZero) {
      updaterState().assign(0);
    }
    return newUpdaterIsZero;
  }

  @Override
  public void close() {
    DualEncoderGraph.close(network);
  }
}
