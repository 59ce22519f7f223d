package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.catalogue.Publication;
import dev.tandem.index.catalogue.VersionDraft;
import dev.tandem.index.catalogue.VersionManifest.Facts;
import dev.tandem.jobs.config.DatasetConfig;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PassageTexts;
import dev.tandem.jobs.prepare.Preparation;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the next version of an index from the collection as it is now: vectors of passages whose
 * text and metadata did not change are taken over, all others encoded.
 */
public final class Reindexing {
  private static final Logger LOG = LoggerFactory.getLogger(Reindexing.class);

  private static final String COLLECTION = "collection";

  private final JavaSparkContext spark;
  private final IndexVersions versions;
  private final ConfiguredModel model;
  private final ReindexSettings settings;
  private final ProgressReporter progress;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private String own; // name of the version that this run makes

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
            () ->
                Preparation.texts(
                    spark,
                    settings.encode().dataset(collection),
                    model.tokenizer(),
                    workspace,
                    progress));
    Map<String, String> inputs = CollectionEncoding.inputs(texts.inputs(), model);
    Map<String, Object> encoding =
        CollectionEncoding.settings(texts.settings(), model, settings.encode());
    // How queries are read makes no vector of a passage another one.
    encoding.keySet().removeIf(key -> key.startsWith("query-"));
    Start start = start();
    try {
      Optional<IndexVersion> version = start.held().map(LeasedVersion::version);
      if (version.isPresent() && !settings.full()) {
        ReindexRefusals.requireSameEncoder(version.get(), inputs, encoding);
        if (isUpToDate(version.get(), inputs, encoding)) {
          delta().removeStale(versions.catalogue());
          return nothingToDo(
              version.get(), version.get().manifest().facts().count(VectorShards.PASSAGES));
        }
      }
      return reindex(texts, inputs, encoding, start);
    } catch (Exception e) { // Spark throws checked exceptions that it does not declare
      // Nights that fail must not leave more and more behind.
      delta().removeStale(versions.catalogue());
      requireStillPublished(start, e);
      throw e;
    } finally {
      start.held().ifPresent(LeasedVersion::close);
    }
  }

  /**
   * What was published when the run began.
   *
   * @param held the current version; empty where there is none, or it is damaged and must be
   *     replaced
   * @param published name of the version in force; empty where there is none
   */
  private record Start(Optional<LeasedVersion> held, Optional<String> published) {}

  private Start start() throws IOException {
    Optional<String> published = versions.catalogue().current().map(Publication::version);
    if (published.isEmpty()) {
      return new Start(Optional.empty(), published);
    }
    try {
      LeasedVersion read = versions.catalogue().read();
      return new Start(Optional.of(read), Optional.of(read.version().name()));
    } catch (CatalogueException e) {
      if (settings.full()) {
        LOG.warn("{} It is built anew.", e.getMessage());
        return new Start(Optional.empty(), published);
      }
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          e.getMessage() + " With --full everything is encoded anew.",
          e);
    }
  }

  /**
   * Where another run published meanwhile, that is why this one failed: what it worked with was
   * cleared away.
   */
  private void requireStillPublished(Start start, Exception failure) throws IOException {
    if (failure instanceof CatalogueException
        || (failure instanceof TandemException known
            && known.kind() != TandemException.Kind.ARTIFACT)) {
      return;
    }
    try {
      Optional<String> now = versions.catalogue().current().map(Publication::version);
      if (!now.equals(start.published()) && !now.equals(Optional.ofNullable(own))) {
        throw overtaken(start, now, failure);
      }
    } catch (CatalogueException e) {
      e.addSuppressed(failure);
      throw e;
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private CatalogueException overtaken(Start start, Optional<String> now, Exception cause) {
    return new CatalogueException(
        "Version "
            + now.orElse("?")
            + " of "
            + versions.catalogue().directory()
            + " was published while this run compared the collection with "
            + start.published().map(name -> "version " + name).orElse("an empty index")
            + ". What is published stays as it is. Run the job again.",
        cause);
  }

  private ReindexReport reindex(
      PassageTexts texts, Map<String, String> inputs, Map<String, Object> encoding, Start start)
      throws IOException {
    Optional<IndexVersion> current = start.held().map(LeasedVersion::version);
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
      ReindexRefusals.requireNotEmptied(counts, current, settings.maximumRemoved());
      String basisName =
          basis
              .map(b -> b.version().name())
              .orElse(current.map(version -> "full-" + version.name()).orElse("full"));
      List<VectorSource> fresh =
          counts.toEncode() == 0
              ? List.of()
              : timed(
                  "encode",
                  () ->
                      delta()
                          .encode(changes, new DeltaVectors.Encoding(inputs, encoding, basisName)));
      ReindexPlan plan =
          ReindexPlan.of(
              before,
              changes.dropped(),
              fresh,
              settings.index(),
              current.isPresent() && sameShape(current.get()),
              settings.maximumDeleted());
      if (basis.isPresent()
          && counts.isNothing()
          && plan.isCopy()
          && hasConfiguration(current.get(), settings.index().asConfiguration())) {
        // The same passages in another order, or in other files
        delta().removeStale(versions.catalogue());
        return nothingToDo(current.get(), counts.unchanged());
      }
      Facts planned = IndexVersions.facts(inputs, encoding, settings.index(), basisName);
      IndexVersion version = timed("index", () -> publish(planned, plan, start));
      delta().removeStale(versions.catalogue());
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

  private DeltaVectors delta() {
    return new DeltaVectors(
        spark, versions.catalogue().directory(), model, settings.encode(), progress);
  }

  private IndexVersion publish(Facts planned, ReindexPlan plan, Start start) throws IOException {
    try (VersionDraft draft = versions.catalogue().begin(planned.identity())) {
      Optional<String> basis = draft.basis().map(Publication::version);
      if (!basis.equals(start.published())) {
        throw overtaken(start, basis, null);
      }
      own = draft.name();
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
    Map<String, Object> configuration = new TreeMap<>(encoding);
    configuration.putAll(settings.index().asConfiguration());
    return Objects.equals(
            version.manifest().facts().inputs().get(COLLECTION), inputs.get(COLLECTION))
        && hasConfiguration(version, configuration);
  }

  private static boolean hasConfiguration(IndexVersion version, Map<String, Object> configuration) {
    Map<String, Object> before = version.manifest().facts().configuration();
    return configuration.entrySet().stream()
        .allMatch(entry -> ReindexRefusals.same(before.get(entry.getKey()), entry.getValue()));
  }

  /** Whether shards of a version need not be built anew for the settings. */
  private boolean sameShape(IndexVersion version) {
    Map<String, Object> before = version.manifest().facts().configuration();
    return settings.index().asConfiguration().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(IndexShards.EF_SEARCH))
        .filter(entry -> !entry.getKey().equals("shard-vectors"))
        .allMatch(entry -> ReindexRefusals.same(before.get(entry.getKey()), entry.getValue()));
  }

  private ReindexReport nothingToDo(IndexVersion version, long passages) {
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
