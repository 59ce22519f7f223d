package dev.tandem.jobs.retrieval;

import dev.tandem.model.encoder.Compute;
import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.EncoderEngine;
import dev.tandem.model.encoder.EncoderEngines;
import dev.tandem.model.encoder.Pooling;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The encoder engines of this JVM that no task is using. A task leases one and gives it back, so
 * the scratch memory an engine has grown serves the next task; there are never more engines than
 * tasks ran at the same time. Thread-safe.
 */
final class EnginePool {
  private record Key(
      String engine, EncoderArchitecture architecture, Pooling pooling, Compute compute) {}

  private static final Map<Key, Deque<EncoderEngine>> IDLE = new HashMap<>();

  private EnginePool() {}

  /**
   * A leased engine, which holds the tower's parameters: they do not change while it is leased.
   * Closing it gives it back.
   */
  static final class Lease implements AutoCloseable {
    private final Key key;
    private EncoderEngine engine;

    private Lease(Key key, EncoderEngine engine, Tower tower) {
      this.key = key;
      this.engine = engine;
      engine.hold(tower.parameters());
    }

    EncoderEngine engine() {
      return engine;
    }

    /** Gives the engine back; a second call does nothing. */
    @Override
    public void close() {
      synchronized (IDLE) {
        if (engine != null) {
          engine.release();
          IDLE.computeIfAbsent(key, k -> new ArrayDeque<>()).push(engine);
          engine = null;
        }
      }
    }
  }

  /** An engine for the tower, for the calling task alone until the lease is closed. */
  static Lease lease(Tower tower) {
    Key key = new Key(tower.engine(), tower.architecture(), tower.pooling(), tower.compute());
    synchronized (IDLE) {
      Deque<EncoderEngine> idle = IDLE.get(key);
      if (idle != null && !idle.isEmpty()) {
        return new Lease(key, idle.pop(), tower);
      }
    }
    return new Lease(
        key,
        EncoderEngines.create(
            tower.engine(), tower.architecture(), tower.pooling(), tower.compute()),
        tower);
  }

  /** Frees the scratch memory of all engines not in use. */
  static void closeIdle() {
    synchronized (IDLE) {
      IDLE.values().forEach(engines -> engines.forEach(EncoderEngine::close));
      IDLE.clear();
    }
  }
}
