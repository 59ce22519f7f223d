package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.config.EncodeConfig;
import dev.tandem.jobs.config.Problems;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PassageTokenizer;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.prepare.TokenWindows;
import java.io.Serializable;
import java.util.Map;

/**
 * How passages become vectors on disk.
 *
 * @param batchSize texts the encoder takes at once
 * @param storage how vectors are kept
 * @param windows what long passages are cut into; null for one vector a passage
 */
public record EncodeSettings(int batchSize, VectorStorage storage, WindowSettings windows)
    implements Serializable {
  private static final String LENGTH_KEY = "encode.window.length";
  private static final String STRIDE_KEY = "encode.window.stride";

  /** Checks the components. */
  public EncodeSettings {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
  }

  /** What the configuration says, which {@link #check} finds nothing wrong with. */
  public static EncodeSettings of(EncodeConfig config) {
    EncodeConfig.Window window = config.window();
    WindowSettings windows = null;
    if (window.length() != null) {
      int half = Math.max(1, (window.length() - TokenWindows.SPECIAL_TOKENS) / 2);
      windows =
          new WindowSettings(window.length(), window.stride() == null ? half : window.stride());
    }
    return new EncodeSettings(config.batchSize(), VectorStorage.of(config.storage()), windows);
  }

  /** Adds to the problems what is wrong across the keys of the group. */
  public static void check(EncodeConfig config, Problems problems) {
    Integer length = config.window().length();
    Integer stride = config.window().stride();
    if (stride == null) {
      return;
    }
    if (length == null) {
      problems.add(STRIDE_KEY, "says nothing without " + LENGTH_KEY + "; set both or none");
    } else if (stride > length - TokenWindows.SPECIAL_TOKENS) {
      problems.add(
          STRIDE_KEY,
          "must be at most "
              + (length - TokenWindows.SPECIAL_TOKENS)
              + ", which is "
              + LENGTH_KEY
              + " less start and end token, or tokens between two windows would be in none; it is "
              + stride);
    }
  }

  /** The collection to prepare: with windows, passages keep all their tokens. */
  public DatasetConfig dataset(DatasetConfig dataset) {
    return windows == null
        ? dataset
        : DatasetParts.withPassageLength(dataset, PassageTokenizer.UNCUT);
  }

  /**
   * What cuts the passages of a data set into windows; null where nothing does.
   *
   * @param dataset as {@link #dataset} says, prepared
   * @throws TandemException of kind USAGE where windows do not fit the model or the prefix
   */
  public TokenWindows windows(ConfiguredModel model, PreparedDataset dataset) {
    return windows(
        model, String.valueOf(dataset.manifest().configuration().get(VectorShards.PASSAGE_PREFIX)));
  }

  /**
   * As above, for passages read in another way.
   *
   * @param prefix put before every passage
   * @throws TandemException of kind USAGE where windows do not fit the model or the prefix
   */
  TokenWindows windows(ConfiguredModel model, String prefix) {
    if (windows == null) {
      return null;
    }
    model.requireFitsPassage(LENGTH_KEY, windows.length());
    try {
      return TokenWindows.of(windows.length(), windows.stride(), model.tokenizer(), prefix);
    } catch (IllegalArgumentException e) {
      throw new TandemException(
          TandemException.Kind.USAGE, LENGTH_KEY + " and " + STRIDE_KEY + ": " + e.getMessage(), e);
    }
  }

  /**
   * Adds what of the settings makes vectors others, as a manifest keeps it. What is as it always
   * was before there was a choice is left out, so that vectors of then are still the same artifact.
   */
  void addTo(Map<String, Object> configuration) {
    if (storage != VectorStorage.FLOAT32) {
      configuration.put(VectorShards.STORAGE, storage.key());
    }
    if (windows != null) {
      // Windows go to the end of a passage, however long passages may be otherwise.
      configuration.remove(VectorShards.PASSAGE_LENGTH);
      configuration.put(VectorShards.WINDOW_LENGTH, windows.length());
      configuration.put(VectorShards.WINDOW_STRIDE, windows.stride());
    }
  }
}
