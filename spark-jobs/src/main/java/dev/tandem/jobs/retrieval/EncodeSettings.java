package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.config.EncodeConfig;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * How passages become vectors on disk.
 *
 * @param batchSize texts the encoder takes at once
 * @param storage how vectors are kept
 */
public record EncodeSettings(int batchSize, VectorStorage storage) implements Serializable {

  /** Checks the components. */
  public EncodeSettings {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
  }

  /** What the configuration says. */
  public static EncodeSettings of(EncodeConfig config) {
    return new EncodeSettings(config.batchSize(), VectorStorage.of(config.storage()));
  }

  /**
   * What of the settings makes vectors others, as a manifest keeps it. What is as it always was
   * before there was a choice is left out, so that vectors of then are still the same artifact.
   */
  Map<String, Object> asConfiguration() {
    Map<String, Object> settings = new TreeMap<>();
    if (storage != VectorStorage.FLOAT32) {
      settings.put(VectorShards.STORAGE, storage.key());
    }
    return settings;
  }
}
