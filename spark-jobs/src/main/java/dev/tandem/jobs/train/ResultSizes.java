package dev.tandem.jobs.train;

import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.train.sampling.TrainingPlan;
import org.apache.spark.SparkConf;

/** Checks that what a round brings to the driver fits what Spark lets through. */
final class ResultSizes {
  private static final String MAX_RESULT_SIZE = "spark.driver.maxResultSize";
  private static final long LARGEST_RESULT = Integer.MAX_VALUE - (16L << 20);

  private ResultSizes() {}

  /**
   * Checks before the first round.
   *
   * @param parameters number of parameters
   * @param updaterState number of elements of the updater's state
   * @throws TandemException of kind USAGE saying what to set
   */
  static void check(SparkConf conf, TrainingPlan plan, long parameters, long updaterState) {
    long result = 4 * (parameters + updaterState);
    if (result > LARGEST_RESULT) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          ("A worker's result of %d MiB (parameters and the state of the updater) is more than the"
                  + " 2 GiB that Spark takes from a task. Use a smaller model or an updater with"
                  + " less state (train.optimizer.class = Sgd has none).")
              .formatted(result >> 20));
    }
    long limit = conf.getSizeAsBytes(MAX_RESULT_SIZE, "1g");
    long needed = result * plan.workers() + (64L << 20);
    if (limit > 0 && needed > limit) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          ("%d workers return %d MiB a round, %s allows %d MiB. Set"
                  + " spark.conf.\"%s\"=%dm, or lower train.workers.")
              .formatted(
                  plan.workers(),
                  needed >> 20,
                  MAX_RESULT_SIZE,
                  limit >> 20,
                  MAX_RESULT_SIZE,
                  needed >> 20));
    }
  }
}
