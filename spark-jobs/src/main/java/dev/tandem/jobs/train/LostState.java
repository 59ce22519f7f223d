package dev.tandem.jobs.train;

import dev.tandem.jobs.train.averaging.RoundOutcome;
import dev.tandem.jobs.train.averaging.WorkerReport;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of what workers had kept for a round and did not find again. */
final class LostState {
  private static final Logger LOG = LoggerFactory.getLogger(LostState.class);

  private LostState() {}

  /** Logs each worker that started a round without what it should have had. */
  static void warn(RoundOutcome outcome, TrainingPlan.Round round) {
    for (WorkerReport report : outcome.reports()) {
      if (report.queueStartedEmpty() && round.number() > 0) {
        LOG.warn(
            "Worker {} on {} started with an empty negative queue in round {}: the executor that"
                + " had its queue is gone or busy",
            report.worker(),
            report.host(),
            round.number() + 1);
      }
      if (report.updaterStateLost()) {
        LOG.warn(
            "Worker {} on {} started round {} with the updater state of the last averaging: the"
                + " executor that had its own is gone or busy",
            report.worker(),
            report.host(),
            round.number() + 1);
      }
    }
  }
}
