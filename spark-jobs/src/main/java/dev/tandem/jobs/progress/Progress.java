package dev.tandem.jobs.progress;

/** The progress of one phase. Thread-safe. Closing it shows the end state. */
public interface Progress extends AutoCloseable {
  /** Sets how many units are done; fewer than before is ignored. */
  void advanceTo(long done);

  /** Adds to how many units are done. */
  void advanceBy(long units);

  /** Shows something beside the figures, such as the current loss. */
  void note(String text);

  @Override
  void close();
}
