package dev.tandem.jobs.train;

import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.averaging.WorkerReport;
import dev.tandem.model.encoder.Compute;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of workers whose machine cannot multiply what the driver chose. They go on in another
 * precision, so such a run cannot be repeated on another cluster, and what it is said to compute in
 * holds for a part of it only.
 */
final class MixedCompute {
  private static final Logger LOG = LoggerFactory.getLogger(MixedCompute.class);

  private final Compute chosen;
  private final Set<String> told = new HashSet<>();

  /**
   * For a training run.
   *
   * @param chosen what all are to multiply; null for a graph without encoders
   */
  MixedCompute(Compute chosen) {
    this.chosen = chosen;
  }

  /** Logs each process that computes in something else, once in a run. */
  void warn(RoundOutcome outcome) {
    warnings(outcome).forEach(LOG::warn);
  }

  /** What has not been told yet. */
  List<String> warnings(RoundOutcome outcome) {
    List<String> warnings = new ArrayList<>();
    for (WorkerReport report : outcome.reports()) {
      if (chosen != null
          && report.compute() != null
          && report.compute() != chosen
          && told.add(report.host())) {
        warnings.add(
            "Worker %d on %s computes in %s, the run in %s: its CPU lacks the instructions, or oneDNN"
                    .formatted(report.worker(), report.host(), report.compute().key(), chosen.key())
                + " is not there. Give model.compute="
                + report.compute().key()
                + " for the same on all hosts.");
      }
    }
    return warnings;
  }
}
