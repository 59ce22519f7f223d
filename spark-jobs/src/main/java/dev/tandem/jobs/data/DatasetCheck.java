package dev.tandem.jobs.data;

import dev.tandem.jobs.data.BadRecord.Reason;
import dev.tandem.jobs.failure.TandemException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Finds every bad record of a data set: those that no parser understands, ids given twice, and
 * judgements and negatives that name ids which no good record has. One shuffle sorts all ids, so
 * memory does not grow with the data.
 */
public final class DatasetCheck {
  /** Bad records named in a failure. */
  public static final int NAMED = 20;

  /** Most bad records that are skipped; more are no accident. */
  public static final int MOST_SKIPPED = 1_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(DatasetCheck.class);
  private static final long BYTES_A_PARTITION = 64L << 20;

  private DatasetCheck() {}

  /**
   * Checks a data set.
   *
   * @param skip whether bad records are to be left out; else any bad record fails
   * @return the records to leave out, with their places and reasons, and how many there are in all
   * @throws TandemException of kind BAD_DATA naming the first bad records and the number of all
   */
  public static Checked check(JavaSparkContext spark, Dataset dataset, boolean skip) {
    LongAccumulator passages = spark.sc().longAccumulator("passages read");
    LongAccumulator queries = spark.sc().longAccumulator("queries read");
    Map<String, LongAccumulator> fields = new TreeMap<>();
    for (String field : dataset.metadataFields()) {
      fields.put(field, spark.sc().longAccumulator("passages with " + field));
    }
    JavaRDD<BadRecord> problems =
        problems(spark, dataset, passages, queries, fields).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long count = problems.count();
      warnOfUnknown(fields, passages.value());
      if (count == 0) {
        return new Checked(Skipped.NONE, passages.value(), queries.value());
      }
      List<BadRecord> lost = problems.filter(bad -> bad.reason().losesFile()).takeOrdered(NAMED);
      if (!skip || !lost.isEmpty() || count > MOST_SKIPPED) {
        List<BadRecord> named = skip && !lost.isEmpty() ? lost : problems.takeOrdered(NAMED);
        List<Integer> collection = dataset.files(Role.COLLECTION);
        if (passages.value() == 0
            && !collection.isEmpty()
            && problems.filter(bad -> collection.contains(bad.file())).isEmpty()) {
          throw noPassages(dataset);
        }
        throw failure(dataset, named, count, byReason(problems), skip);
      }
      List<BadRecord> all = new ArrayList<>(problems.collect());
      all.sort(null);
      return new Checked(new Skipped(all), passages.value(), queries.value());
    } finally {
      problems.unpersist();
    }
  }

  private static void warnOfUnknown(Map<String, LongAccumulator> fields, long passages) {
    fields.forEach(
        (field, having) -> {
          if (having.value() == 0 && passages > 0) {
            LOG.warn(
                "None of the {} passages has the metadata field '{}' of data.metadata-fields: is it"
                    + " spelled as in the collection?",
                passages,
                field);
          }
        });
  }

  /** Instead of complaints about every judgement of a passage that is not there. */
  private static TandemException noPassages(Dataset dataset) {
    return new TandemException(
        TandemException.Kind.BAD_DATA,
        "There are no passages in the collection: "
            + dataset.files(Role.COLLECTION).stream()
                .map(dataset::path)
                .collect(Collectors.joining(", "))
            + " has no record. Is it the right file?");
  }

  private static Map<Reason, Long> byReason(JavaRDD<BadRecord> problems) {
    return new TreeMap<>(problems.map(BadRecord::reason).countByValue());
  }

  private static TandemException failure(
      Dataset dataset,
      List<BadRecord> named,
      long count,
      Map<Reason, Long> byReason,
      boolean skip) {
    StringBuilder message = new StringBuilder();
    message.append(count).append(count == 1 ? " bad record" : " bad records").append(" (");
    List<String> reasons = new ArrayList<>();
    byReason.forEach((reason, number) -> reasons.add(number + " " + reason.words()));
    message.append(String.join(", ", reasons)).append("):");
    for (BadRecord bad : named) {
      message.append("\n  ").append(dataset.place(bad.file(), bad.line())).append(": ");
      message.append(bad.reason().words()).append(": ").append(detail(dataset, bad));
    }
    if (named.size() < count) {
      message.append("\n  and ").append(count - named.size()).append(" more");
    }
    if (!skip) {
      message.append(
          "\nMend the files, or set data.on-bad-record = skip to leave such records out and list"
              + " them in a quarantine file.");
    } else if (named.get(0).reason().losesFile()) {
      message.append(
          "\nThe rest of an unreadable file cannot be skipped record by record: copy it again.");
    } else {
      message
          .append("\nThat is more than ")
          .append(MOST_SKIPPED)
          .append(" and no accident: is data.format the right one?");
    }
    return new TandemException(TandemException.Kind.BAD_DATA, message.toString());
  }

  // A duplicate carries the first place as "file:line", as tasks do not know the files' names.
  static String detail(Dataset dataset, BadRecord bad) {
    if (bad.reason() != Reason.DUPLICATE_ID && bad.reason() != Reason.DUPLICATE_JUDGEMENT) {
      return bad.detail();
    }
    int at = bad.detail().lastIndexOf('@');
    String[] place = bad.detail().substring(at + 1).split(":");
    return bad.detail().substring(0, at)
        + "was first given in "
        + dataset.place(Integer.parseInt(place[0]), Long.parseLong(place[1]));
  }

  private static JavaRDD<BadRecord> problems(
      JavaSparkContext spark,
      Dataset dataset,
      LongAccumulator passageCount,
      LongAccumulator queryCount,
      Map<String, LongAccumulator> fieldCounts) {
    boolean passages = dataset.has(Role.COLLECTION);
    boolean queries = dataset.has(Role.QUERIES);
    List<JavaRDD<IdEntry>> entries = new ArrayList<>();
    if (passages) {
      entries.add(
          definitions(
              dataset.texts(spark, Role.COLLECTION),
              IdEntry.Space.PASSAGE,
              passageCount,
              fieldCounts));
    }
    if (queries) {
      entries.add(
          definitions(
              dataset.texts(spark, Role.QUERIES), IdEntry.Space.QUERY, queryCount, Map.of()));
    }
    entries.add(
        entries(
            dataset.judgements(spark),
            (record, out) -> {
              Judgement judgement = record.value();
              out.accept(
                  IdEntry.definition(
                      IdEntry.Space.JUDGEMENT,
                      judgement.queryId() + "\t" + judgement.passageId(),
                      record));
              if (queries) {
                out.accept(IdEntry.reference(IdEntry.Space.QUERY, judgement.queryId(), record));
              }
              if (passages) {
                out.accept(IdEntry.reference(IdEntry.Space.PASSAGE, judgement.passageId(), record));
              }
            }));
    entries.add(
        entries(
            dataset.negatives(spark),
            (record, out) -> {
              NegativeTriple triple = record.value();
              if (queries) {
                out.accept(IdEntry.reference(IdEntry.Space.QUERY, triple.queryId(), record));
              }
              if (passages) {
                out.accept(IdEntry.reference(IdEntry.Space.PASSAGE, triple.positiveId(), record));
                out.accept(IdEntry.reference(IdEntry.Space.PASSAGE, triple.negativeId(), record));
              }
            }));
    JavaRDD<IdEntry> all = entries.get(0);
    for (JavaRDD<IdEntry> more : entries.subList(1, entries.size())) {
      all = all.union(more);
    }
    int partitions =
        (int)
            Math.max(
                spark.defaultParallelism(), Math.min(20_000, dataset.bytes() / BYTES_A_PARTITION));
    return all.mapToPair(entry -> new Tuple2<>(entry, true))
        .repartitionAndSortWithinPartitions(new ById(partitions))
        .keys()
        .mapPartitions(Scan::new);
  }

  private static JavaRDD<IdEntry> definitions(
      JavaRDD<Located<TextRecord>> records,
      IdEntry.Space space,
      LongAccumulator count,
      Map<String, LongAccumulator> fields) {
    TreeMap<String, LongAccumulator> having = new TreeMap<>(fields);
    return entries(
        records,
        (record, out) -> {
          count.add(1);
          record.value().metadata().keySet().forEach(field -> having.get(field).add(1));
          out.accept(IdEntry.definition(space, record.value().id(), record));
        });
  }

  private static <T> JavaRDD<IdEntry> entries(JavaRDD<Located<T>> records, Entries<T> entries) {
    return records.flatMap(
        record -> {
          List<IdEntry> out = new ArrayList<>(3);
          if (record.problem() != null) {
            out.add(IdEntry.bad(record.problem()));
          } else {
            entries.of(record, out::add);
          }
          return out.iterator();
        });
  }

  /** The ids a good record defines and refers to. */
  @FunctionalInterface
  private interface Entries<T> extends java.io.Serializable {
    void of(Located<T> record, Consumer<IdEntry> out);
  }

  private static final class ById extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int partitions;

    ById(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return ((IdEntry) key).partition(partitions);
    }
  }

  /** Walks the sorted ids of a partition: the first entry of an id decides about the others. */
  private static final class Scan implements Iterator<BadRecord> {
    private final Iterator<IdEntry> entries;
    private IdEntry first;
    private BadRecord next;

    Scan(Iterator<IdEntry> entries) {
      this.entries = entries;
      advance();
    }

    private void advance() {
      next = null;
      while (next == null && entries.hasNext()) {
        IdEntry entry = entries.next();
        if (entry.space() == IdEntry.Space.BAD_RECORD) {
          next = entry.badRecord();
          continue;
        }
        if (first == null || !first.sameId(entry)) {
          first = entry;
          next = entry.isReference() ? unknown(entry) : null;
        } else if (!entry.isReference()) {
          next = duplicate(entry);
        } else if (first.isReference()) {
          next = unknown(entry);
        }
      }
    }

    private static BadRecord unknown(IdEntry entry) {
      boolean query = entry.space() == IdEntry.Space.QUERY;
      return new BadRecord(
          entry.file(),
          entry.line(),
          query ? Reason.UNKNOWN_QUERY : Reason.UNKNOWN_PASSAGE,
          "no "
              + (query ? "query" : "passage")
              + " of the data set has the id "
              + Parsers.shown(entry.id()));
    }

    private BadRecord duplicate(IdEntry entry) {
      boolean judgement = entry.space() == IdEntry.Space.JUDGEMENT;
      return new BadRecord(
          entry.file(),
          entry.line(),
          judgement ? Reason.DUPLICATE_JUDGEMENT : Reason.DUPLICATE_ID,
          Parsers.shown(entry.id()) + " @" + first.file() + ":" + first.line());
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public BadRecord next() {
      if (next == null) {
        throw new java.util.NoSuchElementException();
      }
      BadRecord current = next;
      advance();
      return current;
    }
  }
}
