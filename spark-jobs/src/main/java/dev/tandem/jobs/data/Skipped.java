package dev.tandem.jobs.data;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The records of a data set that are left out.
 *
 * @param records all of them, sorted; a record may be there for several reasons
 */
public record Skipped(List<BadRecord> records) {
  private static final int LONGEST_KEPT = 1 << 16;

  /** Nothing is left out. */
  public static final Skipped NONE = new Skipped(List.of());

  /** How many for each reason. */
  public Map<BadRecord.Reason, Long> byReason() {
    Map<BadRecord.Reason, Long> counts = new TreeMap<>();
    records.forEach(bad -> counts.merge(bad.reason(), 1L, Long::sum));
    return counts;
  }

  /** The places alone, in the form that tasks look them up in. */
  public Lines lines() {
    TreeMap<Integer, TreeSet<Long>> byFile = new TreeMap<>();
    records.forEach(
        bad -> byFile.computeIfAbsent(bad.file(), file -> new TreeSet<>()).add(bad.line()));
    TreeMap<Integer, long[]> sorted = new TreeMap<>();
    byFile.forEach(
        (file, lines) -> sorted.put(file, lines.stream().mapToLong(Long::longValue).toArray()));
    return new Lines(sorted);
  }

  /**
   * Lines left out.
   *
   * @param byFile sorted line numbers by file number
   */
  public record Lines(TreeMap<Integer, long[]> byFile) implements Serializable {
    /** Whether a record is left out. */
    public boolean contains(Located<?> record) {
      long[] lines = byFile.get(record.file());
      return lines != null && Arrays.binarySearch(lines, record.line()) >= 0;
    }

    /** Whether anything of a file is left out. */
    boolean any(int file) {
      return byFile.containsKey(file);
    }
  }

  /**
   * Writes the quarantine file: place, reason, explanation and the record as it is stored (of a
   * very long one the first 64 KiB), parted by tabs, one line for each reason to leave a record
   * out.
   *
   * @throws IOException where a file system fails
   */
  public void writeQuarantine(JavaSparkContext spark, Dataset dataset, OutputStream out)
      throws IOException {
    Lines lines = lines();
    List<InputSplit> splits =
        Arrays.stream(Role.values())
            .flatMap(role -> dataset.splits(role).stream())
            .filter(split -> lines.any(split.file()))
            .toList();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    JavaRDD<RawLine> raw =
        spark.parallelize(splits, splits.size()).flatMap(split -> read(hadoop, split, lines));
    TreeMap<String, byte[]> byPlace = new TreeMap<>();
    Iterator<RawLine> found = raw.toLocalIterator();
    while (found.hasNext()) {
      RawLine line = found.next();
      byPlace.put(line.file() + ":" + line.line(), line.bytes());
    }
    for (BadRecord bad : records) {
      String head =
          dataset.place(bad.file(), bad.line())
              + "\t"
              + bad.reason().words()
              + "\t"
              + DatasetCheck.detail(dataset, bad).replace('\t', ' ').replace('\n', ' ')
              + "\t";
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(byPlace.getOrDefault(bad.file() + ":" + bad.line(), new byte[0]));
      out.write('\n');
    }
  }

  private static Iterator<RawLine> read(
      SerializableConfiguration hadoop, InputSplit split, Lines lines) throws IOException {
    List<RawLine> found = new ArrayList<>();
    long[] wanted = lines.byFile().get(split.file());
    try (LineReader reader = new LineReader(hadoop.value(), split)) {
      while (reader.next()) {
        if (Arrays.binarySearch(wanted, reader.number()) >= 0) {
          byte[] bytes = reader.bytes();
          found.add(
              new RawLine(
                  split.file(),
                  reader.number(),
                  Arrays.copyOf(bytes, Math.min(bytes.length, LONGEST_KEPT))));
        }
      }
    }
    return found.iterator();
  }

  private record RawLine(int file, long line, byte[] bytes) implements Serializable {}
}
