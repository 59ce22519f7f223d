package dev.tandem.index.catalogue;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a version from being deleted while it is read or written. A daemon thread renews it four
 * times in the time after which it would count as abandoned; closing ends it. Thread-safe.
 */
public final class VersionLease implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(VersionLease.class);

  private final FileSystem fileSystem;
  private final Path file;
  private final byte[] content;
  private final long durationNanos;
  private final ScheduledExecutorService heartbeat;
  private volatile long renewed = System.nanoTime();

  VersionLease(FileSystem fileSystem, Path file, byte[] content, long durationMillis)
      throws IOException {
    this.fileSystem = fileSystem;
    this.file = file;
    this.content = content;
    this.durationNanos = TimeUnit.MILLISECONDS.toNanos(durationMillis);
    write();
    heartbeat =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lease-" + file.getName());
              thread.setDaemon(true);
              return thread;
            });
    long period = Math.max(1, durationMillis / 4);
    heartbeat.scheduleWithFixedDelay(this::renew, period, period, TimeUnit.MILLISECONDS);
  }

  /** Written anew rather than touched: object stores cannot set a file's time. */
  private void write() throws IOException {
    long now = System.nanoTime();
    try (OutputStream out = fileSystem.create(file, true)) {
      out.write(content);
    }
    renewed = now;
  }

  private void renew() {
    try {
      write();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Could not renew the lease {}: {}", file, e.toString());
    }
  }

  /** Whether it could not be renewed for so long that others take it for abandoned. */
  public boolean isExpired() {
    return System.nanoTime() - renewed > durationNanos;
  }

  Path file() {
    return file;
  }

  /** Ends it; where the file system fails at that, it expires instead. */
  @Override
  public void close() {
    heartbeat.shutdown();
    try {
      if (!heartbeat.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("The lease {} is still being renewed; it expires by itself", file);
      }
      fileSystem.delete(file, false);
    } catch (IOException e) {
      LOG.warn("Could not remove the lease {}; it expires by itself: {}", file, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
