package dev.tandem.jobs.retrieval;

import dev.tandem.index.vector.PassageHash;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.jobs.data.TextRecord;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * What of a collection is not in an index version as it is now, found by comparing ids and hashes
 * of texts and metadata on the cluster. Holds the new texts on the executors' disks until it is
 * closed.
 */
final class CollectionChanges implements AutoCloseable {
  private static final long SMALLEST_PART = 256;
  private static final long LARGEST_PART = 32_768;
  private static final long PARTS = 32;

  /** Where passages become several vectors: so that even many a passage fit into a part. */
  private static final long LARGEST_WINDOWED_PART = 4096;

  /** What became of a passage. */
  private enum Kind {
    UNCHANGED,
    NEW,
    CHANGED,
    GONE
  }

  /**
   * A passage of the version: neighbouring rows of one id.
   *
   * @param shard number of its shard
   * @param row its first row
   * @param rows how many it has
   */
  private record Indexed(PassageHash hash, int shard, int row, int rows) implements Serializable {}

  /** A passage and what became of it; where it was, and itself where it must be encoded. */
  private record Change(Kind kind, TextRecord passage, ArrayList<Indexed> dropped)
      implements Serializable {}

  /**
   * How many passages are what.
   *
   * @param unchanged same id, same text and metadata
   * @param added id not in the version
   * @param changed same id, other text or metadata
   * @param gone id not in the collection
   */
  record Counts(long unchanged, long added, long changed, long gone) {
    /** Passages of the collection. */
    long passages() {
      return unchanged + added + changed;
    }

    /** Passages to encode. */
    long toEncode() {
      return added + changed;
    }

    /** Whether the version has the collection's passages and no others. */
    boolean isNothing() {
      return added + changed + gone == 0;
    }

    /** Passages of the version. */
    long before() {
      return unchanged + changed + gone;
    }
  }

  private final JavaRDD<Change> compared;
  private final JavaRDD<Change> changes;
  private final Counts counts;

  private CollectionChanges(JavaRDD<Change> compared, Counts counts) {
    this.compared = compared;
    this.changes = compared.filter(change -> change.kind() != Kind.UNCHANGED);
    this.counts = counts;
  }

  /**
   * Compares.
   *
   * @param index the version; null where everything is new
   * @param passages the collection, each id once
   */
  static CollectionChanges compare(
      JavaSparkContext spark, IndexShards index, JavaRDD<TextRecord> passages) {
    JavaPairRDD<String, TextRecord> now =
        passages.mapToPair(passage -> new Tuple2<>(passage.id(), passage));
    JavaPairRDD<String, Indexed> before =
        index == null ? JavaPairRDD.fromJavaRDD(spark.emptyRDD()) : indexed(spark, index);
    int partitions = Math.max(passages.getNumPartitions(), before.getNumPartitions());
    JavaRDD<Change> changes =
        before
            .cogroup(now, new HashPartitioner(Math.max(1, partitions)))
            .map(entry -> change(entry._2()._1(), entry._2()._2()))
            .persist(StorageLevel.DISK_ONLY());
    try {
      Map<String, Long> kinds = changes.map(change -> change.kind().name()).countByValue();
      return new CollectionChanges(
          changes,
          new Counts(
              kinds.getOrDefault(Kind.UNCHANGED.name(), 0L),
              kinds.getOrDefault(Kind.NEW.name(), 0L),
              kinds.getOrDefault(Kind.CHANGED.name(), 0L),
              kinds.getOrDefault(Kind.GONE.name(), 0L)));
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      changes.unpersist();
      throw e;
    }
  }

  private static Change change(Iterable<Indexed> before, Iterable<TextRecord> now) {
    ArrayList<Indexed> indexed = new ArrayList<>();
    before.forEach(indexed::add);
    Iterator<TextRecord> passages = now.iterator();
    if (!passages.hasNext()) {
      return new Change(Kind.GONE, null, indexed);
    }
    TextRecord passage = passages.next();
    if (indexed.isEmpty()) {
      return new Change(Kind.NEW, passage, indexed);
    }
    PassageHash hash = PassageHash.of(passage.text()).with(passage.metadata());
    if (indexed.size() == 1 && indexed.get(0).hash().equals(hash)) {
      return new Change(Kind.UNCHANGED, null, null);
    }
    return new Change(Kind.CHANGED, passage, indexed);
  }

  private static JavaPairRDD<String, Indexed> indexed(JavaSparkContext spark, IndexShards index) {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    String directory = index.path().toString();
    List<IndexShard> shards = new ArrayList<>(index.shards());
    return spark
        .parallelize(shards, Math.max(1, shards.size()))
        .flatMapToPair(shard -> indexed(new Path(directory), shard, hadoop).iterator());
  }

  private static List<Tuple2<String, Indexed>> indexed(
      Path directory, IndexShard shard, SerializableConfiguration hadoop) throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop.value());
    PassageIds ids = VectorPartReader.readIds(fileSystem, directory, shard.vectors());
    PassageHash[] hashes;
    try (PassageReader reader = PassageReader.open(fileSystem, directory, shard.vectors())) {
      hashes = reader.hashes();
    }
    PassageMetadata metadata =
        VectorPartReader.readMetadata(fileSystem, directory, shard.vectors());
    BitSet deleted = shard.deletedRows();
    List<Tuple2<String, Indexed>> all = new ArrayList<>();
    for (int row = 0; row < hashes.length; ) {
      int end = row + 1;
      while (end < hashes.length && ids.compare(row, ids, end) == 0) {
        end++;
      }
      if (!deleted.get(row)) {
        PassageHash hash = hashes[row].with(metadata.row(row));
        all.add(new Tuple2<>(ids.get(row), new Indexed(hash, shard.number(), row, end - row)));
      }
      row = end;
    }
    return all;
  }

  /** How many passages are what. */
  Counts counts() {
    return counts;
  }

  /**
   * New and changed passages, divided from the data alone, in the same order each time.
   *
   * @param windowed whether passages become several vectors
   */
  JavaRDD<TextRecord> toEncode(boolean windowed) {
    long largest = windowed ? LARGEST_WINDOWED_PART : LARGEST_PART;
    long size = Math.max(SMALLEST_PART, Math.min(largest, counts.toEncode() / PARTS));
    int parts = (int) Math.max(1, (counts.toEncode() + size - 1) / size);
    return changes
        .filter(change -> change.passage() != null)
        .mapToPair(change -> new Tuple2<>(change.passage().id(), change.passage()))
        .repartitionAndSortWithinPartitions(new HashPartitioner(parts))
        .values();
  }

  /** Rows of the version that are changed or gone, by number of the shard. */
  Map<Integer, BitSet> dropped() {
    return new TreeMap<>(
        changes
            .flatMapToPair(
                change ->
                    change.dropped().stream()
                        .map(indexed -> new Tuple2<>(indexed.shard(), indexed))
                        .iterator())
            .aggregateByKey(
                new BitSet(),
                (rows, indexed) -> {
                  rows.set(indexed.row(), indexed.row() + indexed.rows());
                  return rows;
                },
                (some, others) -> {
                  some.or(others);
                  return some;
                })
            .collectAsMap());
  }

  @Override
  public void close() {
    compared.unpersist();
  }
}
