package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.prepare.PreparedDataset;
import java.util.Map;

/**
 * Versions of the format of vectors and what lies beside them, in vector shards and in versions of
 * an index.
 */
final class VectorsFormat {

  /** Vectors as float32, one a passage, without metadata. */
  private static final int PLAIN = 1;

  /**
   * Vectors in any {@link VectorStorage}, several of one passage in neighbouring rows, and
   * metadata: a reader that does not know these would take the files for damaged or drop what it
   * does not see.
   */
  private static final int EXTENDED = 2;

  /** The newest that there is. */
  static final int NEWEST = EXTENDED;

  private VectorsFormat() {}

  /**
   * The oldest version that can hold vectors.
   *
   * @param configuration how they are made, as manifests say it
   */
  static int oldest(Map<String, ?> configuration) {
    Object storage = configuration.get(VectorShards.STORAGE);
    boolean plain =
        (storage == null || storage.equals(VectorStorage.FLOAT32.key()))
            && !configuration.containsKey(VectorShards.WINDOW_LENGTH)
            && PreparedDataset.metadataFields(configuration).isEmpty();
    return plain ? PLAIN : EXTENDED;
  }
}
