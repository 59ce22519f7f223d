package dev.tandem.jobs.train.averaging;

import dev.tandem.model.queue.NegativeQueue;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A round that is done.
 *
 * @param reports what each worker tells, by worker
 * @param broadcastSeconds time to hand parameters and updater state to Spark; what the workers need
 *     to fetch them is part of their waiting time
 * @param averageSeconds time to fetch the results, to average and to set the driver's graph
 * @param seconds time of the whole round
 * @param restarts how often it was started again because executors were lost
 */
public record RoundOutcome(
    List<WorkerReport> reports,
    double broadcastSeconds,
    double averageSeconds,
    double seconds,
    int restarts) {

  /** Mean loss over all pairs. */
  public double loss() {
    return reports.stream().mapToDouble(WorkerReport::lossSum).sum() / pairs();
  }

  /** Query-passage pairs trained on. */
  public long pairs() {
    return reports.stream().mapToLong(WorkerReport::pairs).sum();
  }

  /** The negative queues by worker, where they were asked for. */
  public Map<Integer, NegativeQueue.Snapshot> queues() {
    return reports.stream()
        .filter(report -> report.queue() != null)
        .collect(Collectors.toMap(WorkerReport::worker, WorkerReport::queue));
  }

  /** Mean number of entries of the workers' negative queues. */
  public double queueFill() {
    return reports.stream().mapToInt(WorkerReport::queueSize).average().orElse(0);
  }

  /** Training time of the slowest worker. */
  public double trainSeconds() {
    return reports.stream().mapToDouble(WorkerReport::trainSeconds).max().orElse(0);
  }

  /** Longest time a worker took to leave its result for the driver. */
  public double leaveSeconds() {
    return reports.stream().mapToDouble(WorkerReport::leaveSeconds).max().orElse(0);
  }

  /** Longest time a worker took to get the state and to set up its graph. */
  public double waitSeconds() {
    return reports.stream().mapToDouble(WorkerReport::waitSeconds).max().orElse(0);
  }
}
