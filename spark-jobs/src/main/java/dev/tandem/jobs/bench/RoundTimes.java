package dev.tandem.jobs.bench;

/**
 * The times of one round of parameter averaging.
 *
 * @param seconds the whole round
 * @param trainSeconds of it the steps, those of the slowest worker
 */
record RoundTimes(double seconds, double trainSeconds) {

  /** What is not training. */
  double overhead() {
    return seconds - trainSeconds;
  }
}
