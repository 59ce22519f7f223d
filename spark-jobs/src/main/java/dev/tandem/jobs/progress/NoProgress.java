package dev.tandem.jobs.progress;

/** Shows nothing. */
final class NoProgress implements Progress {
  @Override
  public void advanceTo(long done) {}

  @Override
  public void advanceBy(long units) {}

  @Override
  public void note(String text) {}

  @Override
  public void close() {}
}
