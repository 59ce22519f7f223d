package dev.tandem.jobs.train.averaging;

import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a round again where executors were lost during it. */
final class RoundRestarts {
  private static final Logger LOG = LoggerFactory.getLogger(RoundRestarts.class);
  private static final int MOST = 2;
  private static final List<String> EXECUTOR_LOSS =
      List.of("ExecutorLostFailure", "FetchFailed", "Executor heartbeat timed out");

  private RoundRestarts() {}

  /** A round, from its start. */
  @FunctionalInterface
  interface Attempt {
    /**
     * Runs it.
     *
     * @param restarts attempts before this one
     * @throws IOException if the result of a worker cannot be had
     */
    RoundOutcome run(int restarts) throws IOException;
  }

  /** Runs a round, again where executors were lost, and gives up after the third time. */
  static RoundOutcome run(TrainingPlan.Round round, Attempt attempt) {
    for (int restarts = 0; ; restarts++) {
      try {
        return attempt.run(restarts);
      } catch (IOException e) {
        if (restarts == MOST) {
          throw new UncheckedIOException("round " + (round.number() + 1) + " failed again", e);
        }
        tell(round, e);
      } catch (Exception e) { // Spark throws checked exceptions that its Java API does not declare
        if (restarts == MOST || !executorsLost(e)) {
          throw e;
        }
        tell(round, e);
      }
    }
  }

  private static void tell(TrainingPlan.Round round, Exception cause) {
    LOG.warn(
        "Executors were lost in round {}; it is started again with the parameters it began with"
            + " ({})",
        round.number() + 1,
        String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
  }

  private static boolean executorsLost(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return EXECUTOR_LOSS.stream().anyMatch(message::contains);
  }
}
