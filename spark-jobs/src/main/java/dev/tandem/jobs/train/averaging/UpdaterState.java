package dev.tandem.jobs.train.averaging;

/** What becomes of the workers' updater states (Adam's moments) between rounds. */
public enum UpdaterState {
  /** They are averaged after each round, as parameters are, and all workers go on with the mean. */
  AVERAGE,

  /**
   * Each worker keeps its own. Only after a round that a checkpoint follows are they averaged, and
   * all workers go on with the mean, so that a run that is resumed there goes on like one that was
   * not interrupted.
   */
  LOCAL,

  /**
   * Each round starts with the state of a new updater, and the updater counts its iterations from
   * zero again, so that Adam's bias correction fits; the learning-rate schedule goes on.
   */
  RESET
}
