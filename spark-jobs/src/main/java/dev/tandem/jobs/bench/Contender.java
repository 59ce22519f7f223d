package dev.tandem.jobs.bench;

import java.io.IOException;

/** A piece of work that can be done again and again, and says each time how long it took. */
@FunctionalInterface
interface Contender {

  /**
   * Does the work once.
   *
   * @return seconds, only of the work itself
   * @throws PeerException if a peer cannot go on; the other contenders can
   * @throws IOException if the benchmark cannot go on
   */
  double run() throws IOException;

  /** Work in this thread, timed by the clock. */
  static Contender timed(Runnable work) {
    return () -> {
      long start = System.nanoTime();
      work.run();
      return (System.nanoTime() - start) / 1e9;
    };
  }
}
