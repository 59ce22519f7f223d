package dev.tandem.jobs.prepare;

import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.data.BadRecord;
import dev.tandem.jobs.data.Checked;
import dev.tandem.jobs.data.DataFormat;
import dev.tandem.jobs.data.Dataset;
import dev.tandem.jobs.data.DatasetCheck;
import dev.tandem.jobs.data.DatasetFiles;
import dev.tandem.jobs.data.InputSplit;
import dev.tandem.jobs.data.Judgement;
import dev.tandem.jobs.data.Located;
import dev.tandem.jobs.data.NegativeTriple;
import dev.tandem.jobs.data.Role;
import dev.tandem.jobs.data.Skipped;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.javasource.JavaSourceDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Makes prepared data sets: reads, checks, tokenizes, joins. For one thread, on the driver. */
public final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

  private final JavaSparkContext spark;
  private final Configuration hadoop;
  private final DatasetConfig config;
  private final TokenizerDefinition tokenizer;
  private final ProgressReporter progress;
  private final SerializableConfiguration shared;

  private Preparation(
      JavaSparkContext spark,
      DatasetConfig config,
      TokenizerDefinition tokenizer,
      ProgressReporter progress) {
    this.spark = spark;
    this.hadoop = spark.hadoopConfiguration();
    this.config = config;
    this.tokenizer = tokenizer;
    this.progress = progress;
    this.shared = new SerializableConfiguration(hadoop);
  }

  /**
   * Reads, checks and tokenizes what the configuration names, or finds it done by an earlier run
   * over the same contents with the same settings and tokenizer.
   *
   * @param spark the context
   * @param dataset the inputs; each of collection, queries, qrels and negatives may be unset
   * @param tokenizer the tokenizer
   * @param workspace directory under which {@code prepared/HASH} is written
   * @param progress shows the progress
   * @throws TandemException of kind USAGE where inputs are missing, BAD_DATA where records are
   *     malformed and {@code data.on-bad-record = fail}
   * @throws IOException where a file system fails
   */
  public static PreparedDataset prepare(
      JavaSparkContext spark,
      DatasetConfig dataset,
      TokenizerDefinition tokenizer,
      String workspace,
      ProgressReporter progress)
      throws IOException {
    return new Preparation(spark, dataset, tokenizer, progress).prepare(workspace);
  }

  /**
   * The passages of a collection as texts, for a job that tokenizes some of them only.
   *
   * @param collection names a collection and no more
   * @throws TandemException of kind USAGE where inputs are missing
   * @throws IOException where a file system fails
   */
  public static PassageTexts texts(
      JavaSparkContext spark,
      DatasetConfig collection,
      TokenizerDefinition tokenizer,
      String workspace,
      ProgressReporter progress)
      throws IOException {
    Preparation preparation = new Preparation(spark, collection, tokenizer, progress);
    DatasetFiles files = preparation.files(workspace);
    Dataset dataset = Dataset.scan(spark, files);
    Map<String, String> inputs = new TreeMap<>(dataset.contentHashes());
    inputs.put("tokenizer", tokenizer.fingerprint());
    return new PassageTexts(
        dataset, inputs, preparation.settings(files), collection.onBadRecord().equals("skip"));
  }

  private DatasetFiles files(String workspace) throws IOException {
    DatasetFiles files = DatasetFiles.resolve(hadoop, config);
    if (files.of(Role.COLLECTION).isEmpty() && files.of(Role.QUERIES).isEmpty()) {
      throw new TandemException(
          TandemException.Kind.USAGE,
          "There is nothing to prepare: set data.collection, data.queries or both.");
    }
    return files.format() == DataFormat.JAVA_SOURCES
        ? JavaSourceDataset.make(
                spark,
                files.of(Role.COLLECTION),
                !files.metadataFields().isEmpty(),
                workspace,
                progress)
            .files(files.metadataFields())
        : files;
  }

  private PreparedDataset prepare(String workspace) throws IOException {
    DatasetFiles files = files(workspace);
    Dataset dataset = Dataset.scan(spark, files);
    Map<String, String> inputs = new TreeMap<>(dataset.contentHashes());
    inputs.put("tokenizer", tokenizer.fingerprint());
    Map<String, Object> settings = settings(files);
    String hash = ContentHash.ofAll(List.of(inputs.toString(), settings.toString()));
    Path target = new Path(new Path(workspace, "prepared"), hash.substring(0, 16));
    return new PreparedDataset(
        ArtifactWriter.findOrWrite(
            hadoop,
            target,
            PreparedDataset.KIND,
            inputs,
            settings,
            writer -> write(dataset, writer)));
  }

  private Map<String, Object> settings(DatasetFiles files) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("format", files.format().name());
    settings.put("query-format", files.queryFormat().name());
    settings.put("query-max-length", config.queryMaxLength());
    settings.put("passage-max-length", config.passageMaxLength());
    settings.put("query-prefix", config.queryPrefix());
    settings.put("passage-prefix", config.passagePrefix());
    settings.put("on-bad-record", config.onBadRecord());
    if (!files.metadataFields().isEmpty()) {
      settings.put(PreparedDataset.METADATA_FIELDS, files.metadataFields());
    }
    return settings;
  }

  private Map<String, Long> write(Dataset dataset, ArtifactWriter writer) throws IOException {
    LOG.info("Checking {} bytes of input", dataset.bytes());
    Checked checked = DatasetCheck.check(spark, dataset, config.onBadRecord().equals("skip"));
    Map<String, Long> counts = new TreeMap<>();
    Skipped skipped = checked.skipped();
    for (Map.Entry<BadRecord.Reason, Long> entry : skipped.byReason().entrySet()) {
      counts.put(PreparedDataset.SKIPPED + entry.getKey().words(), entry.getValue());
    }
    if (!skipped.records().isEmpty()) {
      LOG.warn(
          "Leaving out {} records ({}); they are listed in {}",
          skipped.records().size(),
          skipped.byReason().entrySet().stream()
              .map(entry -> entry.getValue() + " " + entry.getKey().words())
              .collect(Collectors.joining(", ")),
          new Path(writer.target(), PreparedDataset.QUARANTINE));
      try (OutputStream out = new BufferedOutputStream(writer.create(PreparedDataset.QUARANTINE))) {
        skipped.writeQuarantine(spark, dataset, out);
      }
    }
    Skipped.Lines lines = skipped.lines();
    tokenize(dataset, Role.COLLECTION, checked.passages(), lines, writer).addTo(counts, "passages");
    tokenize(dataset, Role.QUERIES, checked.queries(), lines, writer).addTo(counts, "queries");
    if (dataset.has(Role.QRELS)) {
      JavaRDD<Judgement> judgements = good(dataset.judgements(spark), lines);
      counts.put("judgements", writeQrels(judgements, writer));
      if (dataset.has(Role.COLLECTION) && dataset.has(Role.QUERIES)) {
        counts.put("examples", writeExamples(dataset, judgements, lines, writer));
      }
    }
    return counts;
  }

  static <T> JavaRDD<T> good(JavaRDD<Located<T>> records, Skipped.Lines skipped) {
    return records
        .filter(record -> record.value() != null && !skipped.contains(record))
        .map(Located::value);
  }

  private TokenStatistics tokenize(
      Dataset dataset, Role role, long records, Skipped.Lines skipped, ArtifactWriter writer) {
    if (!dataset.has(role)) {
      return TokenStatistics.of(List.of());
    }
    boolean passages = role == Role.COLLECTION;
    String name = passages ? "passages" : "queries";
    LongAccumulator done = spark.sc().longAccumulator(name + " tokenized");
    TokenizeTask task =
        new TokenizeTask(
            name,
            dataset.textParser(role),
            passages && !dataset.metadataFields().isEmpty(),
            skipped,
            tokenizer,
            passages ? config.passagePrefix() : config.queryPrefix(),
            passages ? config.passageMaxLength() : config.queryMaxLength(),
            writer.parts(),
            shared,
            done);
    List<Tuple2<Integer, InputSplit>> numbered = new ArrayList<>();
    for (InputSplit split : dataset.splits(role)) {
      numbered.add(new Tuple2<>(numbered.size(), split));
    }
    List<FinishedPart> parts =
        progress.follow(
            spark.sc(),
            "tokenize " + name,
            records,
            name,
            done,
            () ->
                spark
                    .parallelize(numbered, numbered.size())
                    .map(split -> task.run(split._1(), split._2()))
                    .collect());
    return TokenStatistics.of(parts);
  }

  private static long writeQrels(JavaRDD<Judgement> judgements, ArtifactWriter writer)
      throws IOException {
    long written = 0;
    try (OutputStream out = new BufferedOutputStream(writer.create(PreparedDataset.QRELS))) {
      Iterator<Judgement> all = judgements.toLocalIterator();
      while (all.hasNext()) {
        Judgement judgement = all.next();
        // A line that starts with # is a comment to who reads qrels; a space before it says
        // nothing.
        String line =
            (judgement.queryId().startsWith("#") ? " " : "")
                + judgement.queryId()
                + " 0 "
                + judgement.passageId()
                + " "
                + judgement.grade()
                + "\n";
        out.write(line.getBytes(StandardCharsets.UTF_8));
        written++;
      }
    }
    return written;
  }

  private long writeExamples(
      Dataset dataset, JavaRDD<Judgement> judgements, Skipped.Lines skipped, ArtifactWriter writer)
      throws IOException {
    JavaRDD<Judgement> relevant = judgements.filter(Judgement::relevant);
    long examples = relevant.count();
    if (examples == 0) {
      return 0;
    }
    LOG.info("Joining {} relevant judgements to training examples", examples);
    JavaRDD<NegativeTriple> negatives = good(dataset.negatives(spark), skipped);
    List<FinishedPart> parts =
        ExampleJoin.write(
            relevant,
            negatives,
            ShardReader.tokens(spark, shards(writer, "queries-")),
            ShardReader.tokens(spark, shards(writer, "passages-")),
            examples,
            writer.parts(),
            shared);
    long written = parts.stream().mapToLong(part -> part.count(TokenizeTask.RECORDS)).sum();
    if (written != examples) {
      throw new IllegalStateException(
          written + " examples were written for " + examples + " relevant judgements");
    }
    return written;
  }

  private List<String> shards(ArtifactWriter writer, String prefix) throws IOException {
    return Arrays.stream(
            writer
                .directory()
                .getFileSystem(hadoop)
                .listStatus(
                    writer.directory(),
                    file ->
                        file.getName().startsWith(prefix)
                            && file.getName().endsWith(PreparedDataset.TOKENS)))
        .map(status -> status.getPath().toString())
        .sorted()
        .toList();
  }
}
