package dev.tandem.jobs.train.sampling;

import dev.tandem.jobs.data.TrainingExample;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Deals the examples of an epoch to the workers: one shuffle an epoch, after which each worker's
 * minibatches lie in its own partition in the order in which it trains on them.
 */
public final class EpochSampler implements Serializable {
  private static final long serialVersionUID = 1L;

  private final TrainingPlan plan;
  private final long seed;
  private final int hardNegatives;

  /**
   * A sampler.
   *
   * @param hardNegatives hard negatives taken of each example
   */
  public EpochSampler(TrainingPlan plan, long seed, int hardNegatives) {
    this.plan = plan;
    this.seed = seed;
    this.hardNegatives = hardNegatives;
  }

  /**
   * The minibatches of an epoch: one partition a worker, with {@link
   * TrainingPlan#batchesPerEpoch()} elements in their order. Not yet persisted.
   *
   * @param examples all examples, with the indexes 0 to {@code plan.examples() - 1}
   * @param epoch from 0
   */
  public JavaRDD<Minibatch> epoch(JavaRDD<TrainingExample> examples, int epoch) {
    long key = KeyedPermutation.mix(seed ^ KeyedPermutation.mix(epoch));
    KeyedPermutation order = new KeyedPermutation(plan.examples(), key);
    return examples
        .mapToPair(example -> new Tuple2<>(order.apply(example.index()), example))
        .repartitionAndSortWithinPartitions(new ByWorker(plan.workers()))
        .mapPartitionsWithIndex((worker, sorted) -> minibatches(worker, sorted, key), true);
  }

  private Iterator<Minibatch> minibatches(
      int worker, Iterator<Tuple2<Long, TrainingExample>> sorted, long key) {
    return new Iterator<>() {
      private int batch;

      @Override
      public boolean hasNext() {
        return batch < plan.batchesPerEpoch();
      }

      @Override
      public Minibatch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch's minibatches are used up");
        }
        long size = plan.batchStart(worker, batch + 1) - plan.batchStart(worker, batch);
        batch++;
        List<TrainingExample> examples = new ArrayList<>((int) size);
        for (long i = 0; i < size; i++) {
          if (!sorted.hasNext()) {
            throw new IllegalStateException(
                "worker %d of %d has fewer than its %d of %d training examples; the data set has changed or its indexes have gaps"
                    .formatted(worker, plan.workers(), plan.examplesOf(worker), plan.examples()));
          }
          examples.add(sorted.next()._2());
        }
        return Minibatch.of(examples, hardNegatives, key);
      }
    };
  }

  /** Places modulo workers. */
  private static final class ByWorker extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int workers;

    ByWorker(int workers) {
      this.workers = workers;
    }

    @Override
    public int numPartitions() {
      return workers;
    }

    @Override
    public int getPartition(Object place) {
      return (int) ((Long) place % workers);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ByWorker that && that.workers == workers;
    }

    @Override
    public int hashCode() {
      return workers;
    }
  }
}
