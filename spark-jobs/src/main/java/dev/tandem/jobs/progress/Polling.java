package dev.tandem.jobs.progress;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Advances a progress from a counter until closed. */
public final class Polling implements AutoCloseable {
  private final Progress progress;
  private final LongSupplier done;
  private final ScheduledExecutorService timer;

  Polling(Progress progress, LongSupplier done, long intervalMillis) {
    this.progress = progress;
    this.done = done;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "tandem-progress");
              thread.setDaemon(true);
              return thread;
            });
    timer.scheduleWithFixedDelay(
        () -> progress.advanceTo(done.getAsLong()),
        intervalMillis,
        intervalMillis,
        TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    progress.advanceTo(done.getAsLong());
  }
}
