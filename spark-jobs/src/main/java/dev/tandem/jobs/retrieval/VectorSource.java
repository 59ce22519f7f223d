package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.PassageText;
import dev.tandem.index.vector.VectorPartWriter;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.Iterator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Rows of a part, of vector shards or of an index version.
 *
 * @param part the part
 * @param dropped rows left out
 */
record VectorSource(VectorShards.Part part, BitSet dropped) implements Serializable {

  /** All rows of a part. */
  static VectorSource all(VectorShards.Part part) {
    return new VectorSource(part, new BitSet());
  }

  /** How many rows there are. */
  int rows() {
    return part.description().rows() - dropped.cardinality();
  }

  /**
   * The rows that there are and that pass a filter, by their number in the part.
   *
   * @throws dev.tandem.jobs.failure.TandemException of kind BAD_DATA if a value that it compares as
   *     a number is none
   */
  BitSet passing(MetadataFilter filter, SerializableConfiguration hadoop) throws IOException {
    BitSet rows =
        filter.isEmpty()
            ? FilteredRows.others(new BitSet(), part.description().rows())
            : FilteredRows.passing(filter, part.metadata(hadoop), part.place());
    rows.andNot(dropped);
    return rows;
  }

  /** How many passages have rows among those of {@link #passing}. */
  long passingPassages(MetadataFilter filter, SerializableConfiguration hadoop) throws IOException {
    PassageRows passages = PassageRows.of(part.ids(hadoop));
    // All rows of a passage have its metadata.
    return passing(filter, hadoop).stream()
        .filter(row -> passages.first(passages.passage(row)) == row)
        .count();
  }

  /** Adds the metadata of its rows' passages. */
  void readMetadata(SerializableConfiguration hadoop, PassageMetadata.Builder target)
      throws IOException {
    PassageMetadata all = part.metadata(hadoop);
    for (int row = 0; row < all.rows(); row++) {
      if (!dropped.get(row)) {
        target.add(all.row(row));
      }
    }
  }

  /** Adds its vectors and ids. */
  void read(SerializableConfiguration hadoop, FloatBuffer vectors, PassageIds.Builder ids)
      throws IOException {
    try (LoadedPart loaded = part.load(hadoop)) {
      FloatBuffer all = loaded.vectors().buffer();
      if (dropped.isEmpty()) {
        vectors.put(all);
      }
      int dimension = loaded.vectors().dimension();
      for (int row = 0; row < loaded.ids().size(); row++) {
        if (!dropped.get(row)) {
          ids.add(loaded.ids(), row);
          if (!dropped.isEmpty()) {
            vectors.put(all.duplicate().position(row * dimension).limit((row + 1) * dimension));
          }
        }
      }
    }
  }

  /**
   * Writes its rows, with their passages, to another part.
   *
   * @param rows vectors and ids that {@link #read} added
   * @param from first of them that is this source's
   */
  void writePassages(
      SerializableConfiguration hadoop, LoadedPart rows, int from, VectorPartWriter writer)
      throws IOException {
    int dimension = rows.vectors().dimension();
    FloatBuffer vectors = rows.vectors().buffer().position(from * dimension);
    float[] vector = new float[dimension];
    try (PassageReader passages = part.passages(hadoop)) {
      Iterator<PassageText> texts = passages.all();
      int target = from;
      for (int row = 0; row < part.description().rows(); row++) {
        PassageText text = texts.next();
        if (!dropped.get(row)) {
          vectors.get(vector);
          writer.append(rows.ids().get(target++), vector, 0, text);
        }
      }
    }
  }
}
