package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.VersionFile;
import dev.tandem.index.vector.VectorPart;
import java.io.IOException;
import java.io.Serializable;
import java.util.BitSet;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What there is to know about a shard of an index version without opening its files; kept beside
 * them as {@code NAME.json}, which is written last.
 *
 * @param number its number in the version, from 0
 * @param vectors the vectors and ids
 * @param graph name of the graph's file; null for a flat index
 * @param connections on the graph's lowest level
 * @param disconnected nodes that cannot be reached on the graph's lowest level
 * @param deleted rows that are in the graph and no longer in the collection, as {@link
 *     BitSet#toByteArray} has them; null for none
 * @param passages passages that can be hits; null, as in descriptions of before passages had
 *     several vectors, for one a row
 * @param files its files with their checksums
 */
record IndexShard(
    int number,
    VectorPart vectors,
    String graph,
    long connections,
    int disconnected,
    byte[] deleted,
    Integer passages,
    TreeMap<String, VersionFile> files)
    implements Serializable {
  static final String ENDING = ".json";

  byte[] toJson() throws IOException {
    return DescriptionJson.write(this);
  }

  static IndexShard parse(byte[] json) throws IOException {
    IndexShard shard = DescriptionJson.read(json, IndexShard.class);
    if (shard.vectors == null || shard.files == null) {
      throw new IOException("it describes no shard");
    }
    return shard;
  }

  /** Rows that are no hits. */
  BitSet deletedRows() {
    return deleted == null ? new BitSet() : BitSet.valueOf(deleted);
  }

  /** Rows that can be hits; empty where all can. */
  Optional<BitSet> acceptedRows() {
    if (deleted == null) {
      return Optional.empty();
    }
    BitSet rows = new BitSet();
    rows.set(0, vectors.rows());
    rows.andNot(deletedRows());
    return Optional.of(rows);
  }

  /** How many rows can be hits. */
  int live() {
    return vectors.rows() - deletedRows().cardinality();
  }

  /** Passages that can be hits. */
  int livePassages() {
    return passages == null ? live() : passages;
  }

  /** Name of the file that describes it. */
  String description() {
    return vectors.name() + ENDING;
  }
}
