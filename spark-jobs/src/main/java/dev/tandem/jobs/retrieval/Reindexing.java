package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.catalogue.Publication;
import dev.tandem.index.catalogue.VersionDraft;
import dev.tandem.index.catalogue.VersionManifest.Facts;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PassageTexts;
import dev.tandem.jobs.prepare.PassageTokenizer;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.progress.ProgressReporter;
import dev.tandem.model.encoder.Compute;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Makes the next version of an index from the collection as it is now: vectors of passages whose
 * text and metadata did not change are taken over, all others encoded.
 */
public final class Reindexing {
  private static final Logger LOG = LoggerFactory.getLogger(Reindexing.class);

  /** What of an encoding's settings makes vectors others; a differing one forbids to mix them. */
  private static final List<String> ENCODING =
      List.of(
          VectorShards.DIMENSION,
          VectorShards.METRIC,
          VectorShards.NORMALIZED,
          VectorShards.COMPUTE,
          VectorShards.STORAGE,
          "passage-max-length",
          "passage-prefix");

  /** What it means where one of them is not said. */
  private static final Map<String, String> UNSAID =
      Map.of(
          VectorShards.COMPUTE, Compute.FLOAT32.key(),
          VectorShards.STORAGE, VectorStorage.FLOAT32.key());

  /** Inputs that must be the same too. */
  private static final List<String> MADE_BY = List.of(VectorShards.MODEL, "tokenizer");

  private static final String COLLECTION = "collection";

  private final JavaSparkContext spark;
  private final IndexVersions versions;
  private final ConfiguredModel model;
  private final ReindexSettings settings;
  private final ProgressReporter progress;
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /**
   * @param spark where it runs
   * @param versions of the index
   * @param model the encoder
   * @param settings how
   * @param progress shows the progress
   */
  public Reindexing(
      JavaSparkContext spark,
      IndexVersions versions,
      ConfiguredModel model,
      ReindexSettings settings,
      ProgressReporter progress) {
    this.spark = spark;
    this.versions = versions;
    this.model = model;
    this.settings = settings;
    this.progress = progress;
  }

  /** What the current version can give. */
  private record Basis(IndexVersion version, IndexShards shards) {}

  /**
   * Runs it. Killed at any step, it leaves what is published in place; run again, it goes on with
   * the vectors encoded so far.
   *
   * @param collection the passages
   * @param workspace directory for what is made of Java sources
   * @throws TandemException of kind ARTIFACT where another model made the current version, recall
   *     is too low, or a file is damaged; BAD_DATA where the collection is malformed, or lost more
   *     passages than is allowed
   * @throws CatalogueException where someone else published meanwhile
   * @throws IOException where a file system fails
   */
  public ReindexReport run(DatasetConfig collection, String workspace) throws IOException {
    PassageTexts texts =
        timed(
            "read",
            () -> Preparation.texts(spark, collection, model.tokenizer(), workspace, progress));
    Map<String, String> inputs = CollectionEncoding.inputs(texts.inputs(), model);
    Map<String, Object> encoding =
        CollectionEncoding.settings(texts.settings(), model, settings.encode());
    // How queries are read makes no vector of a passage another one.
    encoding.keySet().removeIf(key -> key.startsWith("query-"));
    Optional<LeasedVersion> current = current();
    try {
      Optional<IndexVersion> version = current.map(LeasedVersion::version);
      if (version.isPresent() && !settings.full()) {
        requireSameEncoder(version.get(), inputs, encoding);
        if (isUpToDate(version.get(), inputs, encoding)) {
          return nothingToDo(version.get());
        }
      }
      return reindex(texts, inputs, encoding, version);
    } finally {
      if (current.isPresent()) {
        current.get().close();
      }
    }
  }

  /**
   * The current version, held; empty where there is none, or it is damaged and must be replaced.
   */
  private Optional<LeasedVersion> current() throws IOException {
    if (versions.catalogue().current().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(versions.catalogue().read());
    } catch (CatalogueException e) {
      if (settings.full()) {
        LOG.warn("{} It is built anew.", e.getMessage());
        return Optional.empty();
      }
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          e.getMessage() + " With --full everything is encoded anew.",
          e);
    }
  }

  private ReindexReport reindex(
      PassageTexts texts,
      Map<String, String> inputs,
      Map<String, Object> encoding,
      Optional<IndexVersion> current)
      throws IOException {
    Optional<Basis> basis = Optional.empty();
    String why = null;
    if (settings.full()) {
      why = "It was asked for a full build.";
    } else if (current.isEmpty()) {
      why = "There was no version yet.";
    } else {
      IndexShards shards = IndexShards.of(spark.hadoopConfiguration(), current.get());
      if (shards.shards().stream().allMatch(shard -> shard.vectors().passages() != null)) {
        basis = Optional.of(new Basis(current.get(), shards));
      } else {
        why = "The version before keeps no hashes of its passages' texts.";
      }
    }
    IndexShards before = basis.map(Basis::shards).orElse(null);
    JavaRDD<TextRecord> passages = timed("check", () -> texts.read(spark));
    try (CollectionChanges changes =
        timed("compare", () -> CollectionChanges.compare(spark, before, passages))) {
      CollectionChanges.Counts counts = changes.counts();
      requireNotEmptied(counts, current);
      String basisName =
          basis
              .map(b -> b.version().name())
              .orElse(current.map(version -> "full-" + version.name()).orElse("full"));
      Path delta = delta(basisName);
      List<VectorSource> fresh =
          counts.toEncode() == 0
              ? List.of()
              : timed("encode", () -> encode(changes, inputs, encoding, basisName, delta));
      Map<Integer, BitSet> dropped = changes.dropped();
      Facts planned = IndexVersions.facts(inputs, encoding, settings.index(), basisName);
      ReindexPlan plan =
          ReindexPlan.of(
              before,
              dropped,
              fresh,
              settings.index(),
              current.isPresent() && sameShape(current.get()),
              settings.maximumDeleted());
      IndexVersion version = timed("index", () -> publish(planned, plan, current));
      delta.getFileSystem(spark.hadoopConfiguration()).delete(delta.getParent(), true);
      Map<String, Integer> shards = new LinkedHashMap<>();
      shards.put("copied", plan.copied());
      shards.put("rebuilt", plan.rebuilt());
      shards.put("new", plan.added());
      return new ReindexReport(
          version,
          basis.map(b -> b.version().name()).orElse(null),
          true,
          why,
          counts.unchanged(),
          counts.added(),
          counts.changed(),
          counts.gone(),
          shards,
          seconds);
    }
  }

  private Path delta(String basis) {
    Path index = versions.catalogue().directory();
    Path all = new Path(new Path(index.getParent(), ".reindex"), index.getName());
    return new Path(all, basis);
  }

  private List<VectorSource> encode(
      CollectionChanges changes,
      Map<String, String> inputs,
      Map<String, Object> encoding,
      String basis,
      Path directory)
      throws IOException {
    Map<String, String> from = new TreeMap<>(inputs);
    from.put("basis", basis);
    PassageTokenizer tokenizer =
        new PassageTokenizer(
            model.tokenizer(),
            String.valueOf(encoding.get("passage-prefix")),
            ((Number) encoding.get("passage-max-length")).intValue());
    VectorShards vectors =
        new VectorShards(
            ArtifactWriter.findOrWrite(
                spark.hadoopConfiguration(),
                directory,
                VectorShards.KIND,
                from,
                encoding,
                writer ->
                    CollectionEncoding.encode(
                        spark,
                        tokenized(changes.toEncode(), tokenizer),
                        changes.counts().toEncode(),
                        PreparedDataset.metadataFields(encoding),
                        model,
                        settings.encode(),
                        writer.parts(),
                        progress)));
    List<VectorSource> sources = new ArrayList<>();
    vectors.parts(spark.hadoopConfiguration()).stream()
        .sorted((a, b) -> a.description().name().compareTo(b.description().name()))
        .forEach(part -> sources.add(VectorSource.all(part)));
    return sources;
  }

  private static JavaRDD<Tuple2<TokenizedText, TextRecord>> tokenized(
      JavaRDD<TextRecord> passages, PassageTokenizer tokenizer) {
    return passages
        .mapPartitions(tokenizer::tokenize)
        .map(text -> new Tuple2<>(text.tokens(), text.record()));
  }

  private IndexVersion publish(Facts planned, ReindexPlan plan, Optional<IndexVersion> current)
      throws IOException {
    try (VersionDraft draft = versions.catalogue().begin(planned.identity())) {
      Optional<String> basis = draft.basis().map(Publication::version);
      if (current.isPresent() && !basis.equals(current.map(IndexVersion::name))) {
        throw new CatalogueException(
            "Version "
                + basis.orElse("?")
                + " of "
                + versions.catalogue().directory()
                + " was published while this run compared the collection with version "
                + current.get().name()
                + ". What is published stays as it is. Run the job again.");
      }
      return versions.publish(
          spark,
          draft,
          new IndexVersions.Draft(
              planned,
              settings.index(),
              plan.works(),
              index -> new IndexVersions.Exact(index.exact(), index.sources())),
          settings.audit(),
          progress);
    }
  }

  private boolean isUpToDate(
      IndexVersion version, Map<String, String> inputs, Map<String, Object> encoding) {
    Facts facts = version.manifest().facts();
    Map<String, Object> configuration = new TreeMap<>(encoding);
    configuration.putAll(settings.index().asConfiguration());
    return Objects.equals(facts.inputs().get(COLLECTION), inputs.get(COLLECTION))
        && configuration.entrySet().stream()
            .allMatch(entry -> same(facts.configuration().get(entry.getKey()), entry.getValue()));
  }

  /** Whether shards of a version need not be built anew for the settings. */
  private boolean sameShape(IndexVersion version) {
    Map<String, Object> before = version.manifest().facts().configuration();
    return settings.index().asConfiguration().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(IndexShards.EF_SEARCH))
        .filter(entry -> !entry.getKey().equals("shard-vectors"))
        .allMatch(entry -> same(before.get(entry.getKey()), entry.getValue()));
  }

  /** A number of a manifest may have become one of another type. */
  private static boolean same(Object left, Object right) {
    return String.valueOf(left).equals(String.valueOf(right));
  }

  /** A setting of vectors that is left out where it has the value it always had. */
  private static Object said(String key, Object value) {
    return value == null ? UNSAID.get(key) : value;
  }

  private static void requireSameEncoder(
      IndexVersion version, Map<String, String> inputs, Map<String, Object> encoding) {
    Facts facts = version.manifest().facts();
    List<String> before = PreparedDataset.metadataFields(facts.configuration());
    List<String> now = PreparedDataset.metadataFields(encoding);
    if (!before.equals(now)) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "Version "
              + version.name()
              + " of "
              + version.path().getParent().getParent()
              + " keeps the metadata fields "
              + before
              + ", data.metadata-fields is "
              + now
              + ". Passages that are taken over would have others than new ones. Set"
              + " data.metadata-fields to what the version keeps, or encode everything anew with"
              + " --full.");
    }
    requireSame(version, facts, inputs, encoding);
  }

  private static void requireSame(
      IndexVersion version, Facts facts, Map<String, String> inputs, Map<String, Object> encoding) {
    List<String> differences = new ArrayList<>();
    for (String input : MADE_BY) {
      String before = facts.inputs().get(input);
      if (before != null && !before.equals(inputs.get(input))) {
        differences.add(input + " " + before + ", now " + inputs.get(input));
      }
    }
    for (String key : ENCODING) {
      Object before = facts.configuration().get(key);
      if (!same(before, encoding.get(key))) {
        differences.add(key + " " + said(key, before) + ", now " + said(key, encoding.get(key)));
      }
    }
    if (!differences.isEmpty()) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "Version "
              + version.name()
              + " of "
              + version.path().getParent().getParent()
              + " was encoded otherwise than is configured now: "
              + String.join("; ", differences)
              + ". Vectors of both in one index would mean nothing. Set model.*, data.* and"
              + " encode.* to what made it, or encode everything anew with --full.");
    }
  }

  private void requireNotEmptied(CollectionChanges.Counts counts, Optional<IndexVersion> current) {
    if (counts.passages() == 0) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          "data.collection has no passages. What is published stays as it is.");
    }
    if (current.isPresent() && counts.gone() > settings.maximumRemoved() * counts.before()) {
      throw new TandemException(
          TandemException.Kind.BAD_DATA,
          String.format(
              "%d of the %d passages of version %s are not in data.collection any more, more than"
                  + " reindex.maximum-removed = %s allows. Was the collection cut off? What is"
                  + " published stays as it is. If they are meant to go, run it once with a higher"
                  + " reindex.maximum-removed.",
              counts.gone(), counts.before(), current.get().name(), settings.maximumRemoved()));
    }
  }

  private ReindexReport nothingToDo(IndexVersion version) {
    long passages = version.manifest().facts().count(VectorShards.PASSAGES);
    return new ReindexReport(
        version, version.name(), false, null, passages, 0, 0, 0, null, seconds);
  }

  /** A step that may fail as file systems do. */
  @FunctionalInterface
  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T timed(String name, Step<T> step) throws IOException {
    long start = System.nanoTime();
    try {
      return step.run();
    } finally {
      seconds.merge(name, (System.nanoTime() - start) / 1e9, Double::sum);
    }
  }
}
