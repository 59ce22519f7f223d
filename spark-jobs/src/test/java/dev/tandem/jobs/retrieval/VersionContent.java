package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.PassageText;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;

/** What an index version holds, whatever its shards are. */
public final class VersionContent {
  private VersionContent() {}

  /**
   * A passage.
   *
   * @param text its text
   * @param vector its vector's components in order
   */
  public record Passage(PassageText text, FloatBuffer vector) {}

  /** The passages that a search can find, by id. */
  public static Map<String, Passage> of(Configuration hadoop, IndexVersion version)
      throws IOException {
    SerializableConfiguration configuration = new SerializableConfiguration(hadoop);
    Map<String, Passage> content = new TreeMap<>();
    for (VectorSource source : IndexShards.of(hadoop, version).sources()) {
      BitSet dropped = source.dropped();
      try (LoadedPart part = source.part().load(configuration);
          PassageReader passages = source.part().passages(configuration)) {
        FloatBuffer vectors = part.vectors().buffer();
        Iterator<PassageText> texts = passages.all();
        for (int row = 0; row < part.ids().size(); row++) {
          float[] vector = new float[part.vectors().dimension()];
          vectors.get(vector);
          Passage passage = new Passage(texts.next(), FloatBuffer.wrap(vector));
          if (!dropped.get(row) && content.put(part.ids().get(row), passage) != null) {
            throw new IllegalStateException(part.ids().get(row) + " is there twice");
          }
        }
      }
    }
    return content;
  }
}
