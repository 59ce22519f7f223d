package dev.tandem.jobs.train.averaging;

import dev.tandem.model.queue.NegativeQueue;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingResult;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Parameters and updater state after a round, of one worker or summed over several. Travels as
 * {@link FlatFloats}; the INDArrays of the base class are made on demand.
 */
public final class ContrastiveTrainingResult extends ParameterAveragingTrainingResult
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final transient FlatFloats parameterSum;
  private final transient FlatFloats updaterSum;
  private final transient List<WorkerReport> reports;
  private final transient Map<Integer, NegativeQueue.Snapshot> queues;

  ContrastiveTrainingResult(
      FlatFloats parameters,
      FlatFloats updaterState,
      WorkerReport report,
      NegativeQueue.Snapshot queue) {
    this(
        parameters,
        updaterState,
        List.of(report),
        queue == null ? Map.of() : Map.of(report.worker(), queue));
  }

  private ContrastiveTrainingResult(
      FlatFloats parameters,
      FlatFloats updaterState,
      List<WorkerReport> reports,
      Map<Integer, NegativeQueue.Snapshot> queues) {
    super(null, null, meanLoss(reports), null, null, null);
    this.parameterSum = parameters;
    this.updaterSum = updaterState;
    this.reports = new ArrayList<>(reports);
    this.queues = new TreeMap<>(queues);
  }

  private static double meanLoss(List<WorkerReport> reports) {
    long pairs = reports.stream().mapToLong(WorkerReport::pairs).sum();
    return pairs == 0 ? 0 : reports.stream().mapToDouble(WorkerReport::lossSum).sum() / pairs;
  }

  /** Adds the other result to this one in place; the other must not be used afterwards. */
  ContrastiveTrainingResult add(ContrastiveTrainingResult other) {
    parameterSum.add(other.parameterSum);
    updaterSum.add(other.updaterSum);
    reports.addAll(other.reports);
    queues.putAll(other.queues);
    return this;
  }

  /** Turns the sums into means; the result must not be added to afterwards. */
  void average() {
    parameterSum.divideBy(reports.size());
    updaterSum.divideBy(reports.size());
  }

  FlatFloats flatParameters() {
    return parameterSum;
  }

  FlatFloats flatUpdaterState() {
    return updaterSum;
  }

  /** What each worker tells. */
  List<WorkerReport> reports() {
    return reports;
  }

  /** The negative queues by worker, where they were asked for. */
  Map<Integer, NegativeQueue.Snapshot> queues() {
    return queues;
  }

  /**
   * The parameters as an array, [1, n]: a sum where results were added, until they are averaged.
   */
  @Override
  public INDArray getParameters() {
    return Nd4j.createFromArray(parameterSum.values()).reshape(1, -1);
  }

  /** The updater state as an array, or null where there is none. */
  @Override
  public INDArray getUpdaterState() {
    return updaterSum.values().length == 0 ? null : Nd4j.createFromArray(updaterSum.values());
  }

  // The base class can neither be serialized nor be made without its arrays.
  private Object writeReplace() {
    return new Wire(parameterSum, updaterSum, new ArrayList<>(reports), new TreeMap<>(queues));
  }

  /** The result on its way. */
  private record Wire(
      FlatFloats parameters,
      FlatFloats updaterState,
      ArrayList<WorkerReport> reports,
      TreeMap<Integer, NegativeQueue.Snapshot> queues)
      implements Serializable {

    private Object readResolve() {
      return new ContrastiveTrainingResult(parameters, updaterState, reports, queues);
    }
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
