package dev.tandem.jobs.train.averaging;

import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A worker's own updater state between rounds. What a round makes of it is staged, and becomes the
 * state when the driver has accepted the attempt; else the state stays what it was.
 *
 * <p>Not thread-safe.
 */
final class KeptState {
  private static final long NONE = -1;

  private HeldFloats committed;
  private int worker;
  private long task = NONE;
  private HeldFloats staged;
  private boolean isStaged;

  /**
   * Overwrites an updater's state with the worker's.
   *
   * @param accepted the task attempts that made up the previous round
   * @return false, and nothing is done, where this is not the state that the worker ended the
   *     previous round with
   */
  boolean copyTo(INDArray state, int worker, Set<Long> accepted) {
    if (task == NONE || this.worker != worker || !accepted.contains(task)) {
      return false;
    }
    committed.copyTo(state);
    return true;
  }

  /** Stages the state at the end of a round. */
  void stage(INDArray state) {
    if (staged == null || staged.length() != state.length()) {
      staged = new HeldFloats(state.length());
    }
    staged.copyFrom(state);
    isStaged = true;
  }

  /** Makes what is staged, if anything, the worker's state. */
  void commit(int worker, long task) {
    if (!isStaged) {
      return;
    }
    HeldFloats former = committed;
    committed = staged;
    staged = former;
    isStaged = false;
    this.worker = worker;
    this.task = task;
  }

  /** Takes back what is staged. */
  void rollback() {
    isStaged = false;
  }
}
