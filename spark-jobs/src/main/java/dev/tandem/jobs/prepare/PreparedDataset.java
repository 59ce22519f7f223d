package dev.tandem.jobs.prepare;

import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactKind;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.data.TrainingExample;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A tokenized data set on disk. What a data set has depends on what was configured: passages,
 * queries, qrels and examples may each be missing; {@code examples} needs the other three.
 *
 * <p>The RDDs read the shards again at each action, one file a partition, in the same order every
 * time; they are not cached.
 */
public final class PreparedDataset {
  /** Format of the artifact. */
  public static final ArtifactKind KIND = new ArtifactKind("prepared", 1);

  /** The judgements that refer to kept queries and passages, as a TREC qrels file. */
  public static final String QRELS = "qrels.trec";

  /** The records left out, where {@code data.on-bad-record = skip}. */
  public static final String QUARANTINE = "quarantine.tsv";

  /** Prefix of the counts of records left out, followed by the reason. */
  static final String SKIPPED = "skipped: ";

  /** The metadata fields that are kept, in the configuration; left out where there are none. */
  public static final String METADATA_FIELDS = "metadata-fields";

  static final String TOKENS = ".tokens";
  static final String TEXTS = ".texts";
  static final String EXAMPLES = ".examples";

  private final ArtifactDirectory directory;

  PreparedDataset(ArtifactDirectory directory) {
    this.directory = directory;
  }

  /**
   * Opens what {@link Preparation} made.
   *
   * @throws dev.tandem.jobs.failure.TandemException of kind ARTIFACT where it is missing or damaged
   * @throws IOException where the file system fails
   */
  public static PreparedDataset open(Configuration hadoop, Path path) throws IOException {
    return new PreparedDataset(ArtifactDirectory.open(hadoop, path, KIND));
  }

  /** Where it is. */
  public Path path() {
    return directory.path();
  }

  /** Its manifest: inputs, configuration, counts. */
  public Manifest manifest() {
    return directory.manifest();
  }

  /** Number of passages. */
  public long passageCount() {
    return manifest().count("passages");
  }

  /** Number of queries. */
  public long queryCount() {
    return manifest().count("queries");
  }

  /** Number of judgements. */
  public long judgementCount() {
    return manifest().count("judgements");
  }

  /** Number of training examples; 0 without qrels. */
  public long exampleCount() {
    return manifest().count("examples");
  }

  /** Lengths of the passages. */
  public TokenStatistics passageStatistics() {
    return TokenStatistics.from(manifest(), "passages");
  }

  /** Lengths of the queries. */
  public TokenStatistics queryStatistics() {
    return TokenStatistics.from(manifest(), "queries");
  }

  /** Records left out because they were bad, by reason. */
  public Map<String, Long> skipped() {
    Map<String, Long> skipped = new TreeMap<>();
    manifest()
        .counts()
        .forEach(
            (name, count) -> {
              if (name.startsWith(SKIPPED)) {
                skipped.put(name.substring(SKIPPED.length()), count);
              }
            });
    return skipped;
  }

  /** The metadata fields that passages keep, ascending. */
  public List<String> metadataFields() {
    return metadataFields(manifest().configuration());
  }

  /** The metadata fields that the configuration of an artifact names, ascending. */
  public static List<String> metadataFields(Map<String, ?> configuration) {
    return configuration.get(METADATA_FIELDS) instanceof List<?> fields
        ? fields.stream().map(String::valueOf).sorted().toList()
        : List.of();
  }

  /** The passages, tokenized. */
  public JavaRDD<TokenizedText> passages(JavaSparkContext spark) {
    return ShardReader.tokens(spark, files("passages-", TOKENS));
  }

  /** The queries, tokenized. */
  public JavaRDD<TokenizedText> queries(JavaSparkContext spark) {
    return ShardReader.tokens(spark, files("queries-", TOKENS));
  }

  /** The training examples, in the order of their index. */
  public JavaRDD<TrainingExample> examples(JavaSparkContext spark) {
    return ShardReader.examples(spark, files("examples-", EXAMPLES));
  }

  /**
   * The passages as texts, without the prefix, with metadata, in the order of {@link #passages}.
   */
  public JavaRDD<TextRecord> passageTexts(JavaSparkContext spark) {
    return ShardReader.texts(spark, files("passages-", TEXTS));
  }

  /** The queries as texts, without the prefix, in the order of {@link #queries}. */
  public JavaRDD<TextRecord> queryTexts(JavaSparkContext spark) {
    return ShardReader.texts(spark, files("queries-", TEXTS));
  }

  /** Texts of a few passages by id; one pass over the texts. Unknown ids are left out. */
  public Map<String, String> passageTexts(JavaSparkContext spark, Collection<String> ids) {
    return lookup(passageTexts(spark), ids);
  }

  /** Texts of a few queries by id; one pass over the texts. Unknown ids are left out. */
  public Map<String, String> queryTexts(JavaSparkContext spark, Collection<String> ids) {
    return lookup(queryTexts(spark), ids);
  }

  private static Map<String, String> lookup(JavaRDD<TextRecord> texts, Collection<String> ids) {
    Set<String> wanted = Set.copyOf(ids);
    Map<String, String> found = new TreeMap<>();
    for (TextRecord record : texts.filter(text -> wanted.contains(text.id())).collect()) {
      found.put(record.id(), record.text());
    }
    return found;
  }

  /** The qrels in TREC form; only judgements whose query and passage are in the data set. */
  public Optional<Path> qrels() {
    return manifest().files().containsKey(QRELS)
        ? Optional.of(directory.file(QRELS))
        : Optional.empty();
  }

  private List<String> files(String prefix, String suffix) {
    return manifest().files().keySet().stream()
        .filter(name -> name.startsWith(prefix) && name.endsWith(suffix))
        .sorted()
        .map(name -> directory.file(name).toString())
        .toList();
  }
}
