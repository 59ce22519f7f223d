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
  private INDArray parameterSum;
  private INDArray updaterSum;

  /**
   * Adds the workers' results up; the driver's graph stays as it is.
   *
   * @throws IOException if an executor that has a result is gone
   */
  void sum(
      Transport.Exchange exchange,
      RoundState state,
      List<WorkerReport> reports,
      ComputationGraph network)
      throws IOException {
    INDArray parameters = network.params();
    INDArray updaterState =
        state.returnUpdaterState() ? network.getUpdater().getStateViewArray() : null;
    parameterSum = zeros(parameterSum, parameters);
    if (updaterState != null) {
      updaterSum = zeros(updaterSum, updaterState);
    }
    exchange.addTo(parameterSum, updaterState == null ? null : updaterSum, reports);
  }

  /**
   * Sets the driver's graph to the mean of what was {@linkplain #sum added up}. Not before the
   * exchange is closed, which may offer the graph's own memory to tasks.
   *
   * @param workers whose results were added up
   */
  void applyTo(ComputationGraph network, RoundState state, int workers) {
    INDArray parameters = network.params();
    INDArray updaterState =
        state.returnUpdaterState() ? network.getUpdater().getStateViewArray() : null;
    INDArray mean = mean(parameterSum, workers, parameters);
    if (state.averaging().wire().isDifference()) {
      parameters.addi(mean);
    } else {
      parameters.assign(mean);
    }
    if (updaterState != null) {
      updaterState.assign(mean(updaterSum, workers, updaterState));
    }
  }

  private static INDArray zeros(INDArray former, INDArray like) {
    return former == null ? Nd4j.zeros(DataType.FLOAT, like.length()) : former.assign(0);
  }

  private static INDArray mean(INDArray sum, int count, INDArray like) {
    if (count > 1) {
      sum.divi(count);
    }
    return sum.reshape(like.shape());
  }

  @Override
  public void close() {
    if (parameterSum != null) {
      parameterSum.close();
      parameterSum = null;
    }
    if (updaterSum != null) {
      updaterSum.close();
      updaterSum = null;
    }
  }
}
