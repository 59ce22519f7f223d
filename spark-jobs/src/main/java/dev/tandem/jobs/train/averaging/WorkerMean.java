package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mean of the workers' results, formed apart from the driver's graph, which stays what it was
 * if a result cannot be had. Its memory is kept from round to round.
 */
final class WorkerMean implements AutoCloseable {
  private INDArray parameters;
  private INDArray updaterState;

  /**
   * Forms the mean; the driver's graph stays as it is.
   *
   * @throws IOException if an executor that has a result is gone
   */
  void form(
      Transport.Exchange exchange,
      RoundState round,
      List<WorkerReport> reports,
      ComputationGraph network)
      throws IOException {
    parameters = room(parameters, network.params());
    INDArray state = updaterState(network, round);
    if (state != null) {
      updaterState = room(updaterState, state);
    }
    exchange.mean(parameters, state == null ? null : updaterState, reports);
  }

  private static INDArray updaterState(ComputationGraph network, RoundState round) {
    return round.returnUpdaterState() ? network.getUpdater().getStateViewArray() : null;
  }

  private static INDArray room(INDArray former, INDArray like) {
    return former == null ? Nd4j.createUninitialized(DataType.FLOAT, like.length()) : former;
  }

  /**
   * Sets the driver's graph to the mean. Not before the exchange is closed, which may offer the
   * graph's own memory to tasks.
   */
  void applyTo(ComputationGraph network, RoundState round) {
    INDArray target = network.params();
    INDArray mean = parameters.reshape(target.shape());
    if (round.averaging().wire().isDifference()) {
      target.addi(mean);
    } else {
      target.assign(mean);
    }
    INDArray state = updaterState(network, round);
    if (state != null) {
      state.assign(updaterState.reshape(state.shape()));
    }
  }

  @Override
  public void close() {
    if (parameters != null) {
      parameters.close();
      parameters = null;
    }
    if (updaterState != null) {
      updaterState.close();
      updaterState = null;
    }
  }
}
