package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How parameters and updater state get from the driver to the workers and back. Only they travel
 * so; what workers report is small and is a Spark result like any other.
 */
interface Transport extends Serializable {

  /** The state of a round, on its way to the workers. */
  interface Sent extends Serializable {
    /** The state, in a task. */
    RoundState get();

    /** Frees it everywhere, on the driver, when no task needs it any more. */
    void release();
  }

  /** The transport for a Spark context. */
  static Transport of(JavaSparkContext spark) {
    return spark.isLocal() ? new SharedMemoryTransport() : new BlockTransport();
  }

  /** Sends a round's state; on the driver. */
  Sent send(JavaSparkContext spark, RoundState state);

  /**
   * Leaves a worker's result for the driver; in the task, as its last deed.
   *
   * @param task the task attempt
   * @param parameters copied
   * @param updaterState copied; null where the updater has none
   */
  void leave(RoundState state, long task, INDArray parameters, INDArray updaterState);

  /**
   * Adds a worker's result to the sums and forgets it; on the driver.
   *
   * @param task the task attempt
   * @throws IOException if the executor that has it is gone
   */
  void addTo(INDArray parameterSum, INDArray updaterSum, RoundState state, long task)
      throws IOException;

  /** Forgets results of a round that nobody asked for; on the driver. */
  void forget(RoundState state);
}
