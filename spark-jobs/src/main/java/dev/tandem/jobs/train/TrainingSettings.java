package dev.tandem.jobs.train;

import dev.tandem.jobs.train.averaging.WorkerSettings;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import java.util.Map;

/**
 * What a training run is made of besides graph and data.
 *
 * @param plan who trains on what and when
 * @param workers what workers need to know
 * @param seed of the order of examples
 * @param hardNegatives hard negatives a query takes
 * @param validateBefore whether to validate before the first step
 * @param validateEvery rounds between two validations; 0 for the end only
 * @param measure the measure that chooses the best parameters
 * @param checkpointEvery rounds between two checkpoints; 0 for the end only
 * @param keep checkpoints kept
 * @param resume whether to go on from the last checkpoint
 * @param identity what the run's parameters are a function of, by configuration key
 */
public record TrainingSettings(
    TrainingPlan plan,
    WorkerSettings workers,
    long seed,
    int hardNegatives,
    boolean validateBefore,
    int validateEvery,
    String measure,
    int checkpointEvery,
    int keep,
    boolean resume,
    Map<String, Object> identity) {

  public TrainingSettings {
    identity = Map.copyOf(identity);
  }

  boolean validatesAfter(int round, boolean last) {
    return last || validateEvery > 0 && (round + 1) % validateEvery == 0;
  }

  boolean checkpointsAfter(int round, boolean last) {
    return last || checkpointEvery > 0 && (round + 1) % checkpointEvery == 0;
  }
}
