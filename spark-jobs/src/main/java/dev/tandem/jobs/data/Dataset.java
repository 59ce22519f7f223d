package dev.tandem.jobs.data;

import dev.tandem.jobs.artifact.ContentHash;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A data set whose files have been read once, so that their contents' hashes and their splits are
 * known. Its RDDs read the files again at each action, a split a partition, in the files' order.
 */
public final class Dataset {
  private static final long MIN_SPLIT_BYTES = 8L << 20;
  private static final long MAX_SPLIT_BYTES = 256L << 20;
  private static final long WANTED_SPLITS = 2000;

  private final DatasetFiles found;
  private final List<InputFile> files;
  private final EnumMap<Role, List<Integer>> roles;

  private Dataset(DatasetFiles found, List<InputFile> files, EnumMap<Role, List<Integer>> roles) {
    this.found = found;
    this.files = files;
    this.roles = roles;
  }

  /**
   * Reads every file once, in Spark tasks.
   *
   * @throws IOException where a file system fails
   */
  public static Dataset scan(JavaSparkContext spark, DatasetFiles found) throws IOException {
    List<FileToScan> scans = new ArrayList<>();
    EnumMap<Role, List<Integer>> roles = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      List<Integer> numbers = new ArrayList<>();
      for (String path : found.of(role)) {
        numbers.add(scans.size());
        scans.add(new FileToScan(scans.size(), path));
      }
      roles.put(role, numbers);
    }
    if (scans.isEmpty()) {
      return new Dataset(found, List.of(), roles);
    }
    long total = 0;
    for (FileToScan scan : scans) {
      Path path = new Path(scan.path());
      FileSystem fileSystem = path.getFileSystem(spark.hadoopConfiguration());
      total += fileSystem.getFileStatus(path).getLen();
    }
    long splitBytes = Math.max(MIN_SPLIT_BYTES, Math.min(MAX_SPLIT_BYTES, total / WANTED_SPLITS));
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    List<InputFile> files =
        spark
            .parallelize(scans, scans.size())
            .map(scan -> InputFile.scan(hadoop.value(), scan.path(), scan.number(), splitBytes))
            .collect();
    return new Dataset(found, new ArrayList<>(files), roles);
  }

  private record FileToScan(int number, String path) implements Serializable {}

  /** Whether the data set has any file of a role. */
  public boolean has(Role role) {
    return !roles.get(role).isEmpty();
  }

  /** Numbers of the files of a role. */
  public List<Integer> files(Role role) {
    return List.copyOf(roles.get(role));
  }

  /** Path of a file by its number. */
  public String path(int file) {
    return files.get(file).path();
  }

  /** Where a record is, as {@code path:line}. */
  public String place(int file, long line) {
    return path(file) + ":" + line;
  }

  /** Content hash of the files of each role there is. */
  public Map<String, String> contentHashes() {
    Map<String, String> hashes = new TreeMap<>();
    for (Role role : Role.values()) {
      if (has(role)) {
        List<String> parts = new ArrayList<>();
        for (int file : roles.get(role)) {
          parts.add(files.get(file).sha256());
        }
        hashes.put(role.key(), ContentHash.ofAll(parts));
      }
    }
    return hashes;
  }

  /** The splits of a role's files, in their order. */
  public List<InputSplit> splits(Role role) {
    return roles.get(role).stream()
        .flatMap(file -> files.get(file).splits().stream())
        .sorted(
            Comparator.comparingInt(InputSplit::file)
                .thenComparingLong(InputSplit::offset)
                .thenComparingInt(InputSplit::slice))
        .toList();
  }

  /** Bytes of the files of all roles, as stored. */
  public long bytes() {
    return files.stream().mapToLong(InputFile::length).sum();
  }

  /** The passages or queries, good and bad. */
  public JavaRDD<Located<TextRecord>> texts(JavaSparkContext spark, Role role) {
    return records(spark, splits(role), textParser(role));
  }

  /** The parser for the texts of a role. */
  public RecordParser<TextRecord> textParser(Role role) {
    return role == Role.QUERIES
        ? Parsers.texts(found.queryFormat())
        : Parsers.texts(found.format(), found.metadataFields());
  }

  /** Metadata fields of passages that are kept, ascending. */
  public List<String> metadataFields() {
    return found.metadataFields();
  }

  /** The judgements, good and bad. */
  public JavaRDD<Located<Judgement>> judgements(JavaSparkContext spark) {
    return records(spark, splits(Role.QRELS), Parsers.judgements());
  }

  /** The hard negatives, good and bad. */
  public JavaRDD<Located<NegativeTriple>> negatives(JavaSparkContext spark) {
    return records(spark, splits(Role.NEGATIVES), Parsers.negatives());
  }

  private static <T> JavaRDD<Located<T>> records(
      JavaSparkContext spark, List<InputSplit> splits, RecordParser<T> parser) {
    if (splits.isEmpty()) {
      return spark.emptyRDD();
    }
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    return spark
        .parallelize(splits, splits.size())
        .flatMap(
            split -> {
              RecordIterator<T> records = new RecordIterator<>(hadoop.value(), split, parser);
              TaskContext task = TaskContext.get();
              if (task != null) {
                task.addTaskCompletionListener(
                    (TaskCompletionListener) context -> closeQuietly(records));
              }
              return records;
            });
  }

  private static void closeQuietly(RecordIterator<?> records) {
    try {
      records.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
