package dev.tandem.jobs.progress;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on the terminal's last line. */
final class BarProgress implements Progress {
  private final ProgressBar bar;
  private long done;

  BarProgress(String phase, long total, String unit, PrintStream err) {
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(phase)
            .setInitialMax(total > 0 ? total : -1)
            .setUnit(" " + unit, 1)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(500)
            .showSpeed()
            .setConsumer(new ConsoleProgressBarConsumer(err))
            .build();
  }

  @Override
  public synchronized void advanceTo(long done) {
    if (done > this.done) {
      this.done = done;
      bar.stepTo(done);
    }
  }

  @Override
  public synchronized void advanceBy(long units) {
    advanceTo(done + units);
  }

  @Override
  public void note(String text) {
    bar.setExtraMessage(text);
  }

  @Override
  public void close() {
    bar.close();
  }
}
