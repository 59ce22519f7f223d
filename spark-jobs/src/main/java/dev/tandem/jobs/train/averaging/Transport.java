package dev.tandem.jobs.train.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManagerId;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How parameters and updater state get from the driver to the workers and back. Only they travel
 * so; what workers report is small and is a Spark result like any other.
 */
interface Transport {

  /** The transport for a Spark context. */
  static Transport of(JavaSparkContext spark) {
    return spark.isLocal() ? new SharedMemoryTransport() : new BlockTransport();
  }

  /**
   * Opens the exchange of a round; on the driver.
   *
   * @param parameters what the workers start with; must neither change nor be closed before the
   *     exchange is
   * @param updaterState likewise; null where the updater has none
   */
  Exchange open(
      JavaSparkContext spark, RoundState round, INDArray parameters, INDArray updaterState);

  /**
   * Lets processes fetch what tasks of an exchange will copy while they do something else; on the
   * driver. It speeds things up at most: what could not be fetched is fetched when it is copied.
   *
   * @param processes where the tasks will run
   */
  void announce(JavaSparkContext spark, Exchange exchange, Collection<BlockManagerId> processes);

  /**
   * The traffic of one round. The driver opens and closes it, tasks get it with their closure.
   * Arrays are copied when they are asked for: what no worker needs does not travel.
   */
  interface Exchange extends Serializable, AutoCloseable {
    /** What the driver tells the workers; in a task. */
    RoundState round();

    /**
     * Copies the parameters that the round begins with; in a task.
     *
     * @throws IOException if the driver does not answer
     */
    void copyParametersTo(INDArray target) throws IOException;

    /**
     * Copies the driver's updater state; in a task.
     *
     * @param target as long as the driver's
     * @throws IOException if the driver does not answer
     */
    void copyUpdaterStateTo(INDArray target) throws IOException;

    /**
     * Leaves a worker's result for the driver; in the task, as its last deed.
     *
     * @param task the task attempt
     * @param parameters copied, as the round's {@link Wire} says
     * @param updaterState copied; null where it is not to be returned
     * @throws IOException if the parameters that the round began with are needed and cannot be had
     */
    void leave(long task, INDArray parameters, INDArray updaterState) throws IOException;

    /**
     * Forms the mean of the workers' results, in the order of the reports; on the driver.
     *
     * @param parameters receives that of what the {@link Wire} makes of parameters
     * @param updaterState receives that of updater states; null where results bring none
     * @param reports who has left a result, and where
     * @throws IOException if an executor that has one is gone; what was received is of no use then
     */
    void mean(INDArray parameters, INDArray updaterState, List<WorkerReport> reports)
        throws IOException;

    /** Frees everything everywhere; on the driver, when no task needs it any more. */
    @Override
    void close();
  }
}
