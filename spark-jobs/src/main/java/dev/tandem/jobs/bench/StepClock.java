package dev.tandem.jobs.bench;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.util.CollectionAccumulator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.spark.api.TrainingHook;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Tells how long the steps of DL4J's own training worker take; runs in its tasks. */
final class StepClock implements TrainingHook {
  private static final long serialVersionUID = 1L;

  /** The time of one step. */
  record Step(int partition, double seconds) implements Serializable {}

  private final CollectionAccumulator<Step> steps;
  private transient long start;

  /**
   * A clock.
   *
   * @param steps registered with the Spark context
   */
  StepClock(CollectionAccumulator<Step> steps) {
    this.steps = steps;
  }

  @Override
  public void preUpdate(MultiDataSet minibatch, Model model) {
    start = System.nanoTime();
  }

  @Override
  public void postUpdate(MultiDataSet minibatch, Model model) {
    steps.add(new Step(TaskContext.getPartitionId(), (System.nanoTime() - start) / 1e9));
  }

  @Override
  public void preUpdate(DataSet minibatch, Model model) {
    throw new UnsupportedOperationException("a dual encoder trains on MultiDataSets");
  }

  @Override
  public void postUpdate(DataSet minibatch, Model model) {
    throw new UnsupportedOperationException("a dual encoder trains on MultiDataSets");
  }

  /** Seconds of the slowest worker's steps so far; forgets them. On the driver. */
  double slowest() {
    Map<Integer, Double> byWorker = new HashMap<>();
    for (Step step : steps.value()) {
      byWorker.merge(step.partition(), step.seconds(), Double::sum);
    }
    steps.reset();
    return byWorker.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
