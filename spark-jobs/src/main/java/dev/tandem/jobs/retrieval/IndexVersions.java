package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.catalogue.VersionDraft;
import dev.tandem.index.catalogue.VersionFile;
import dev.tandem.index.catalogue.VersionManifest;
import dev.tandem.index.catalogue.VersionManifest.Facts;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds, audits and publishes versions of one index. */
public final class IndexVersions {
  private static final Logger LOG = LoggerFactory.getLogger(IndexVersions.class);

  /** The recall that is held against the minimum. */
  public static final String RECALL = "recall_10";

  private final IndexCatalogue catalogue;

  /**
   * What came of a build.
   *
   * @param version the version that is current now
   * @param built whether it was built or published just now, or was current already
   */
  public record Outcome(IndexVersion version, boolean built) {}

  /**
   * The versions of an index.
   *
   * @param directory of the index
   */
  public IndexVersions(Configuration hadoop, Path directory) throws IOException {
    catalogue = IndexCatalogue.at(directory.getFileSystem(hadoop), directory);
  }

  /** The catalogue. */
  public IndexCatalogue catalogue() {
    return catalogue;
  }

  /**
   * Builds a version from vectors, audits it and publishes it; does nothing where the current one
   * was built from the same vectors with the same settings, and goes on with one that an earlier
   * run left.
   *
   * @throws TandemException of kind ARTIFACT where recall is too low
   * @throws CatalogueException where someone else published meanwhile, or a version is damaged
   * @throws IOException where a file system fails
   */
  public Outcome publish(
      JavaSparkContext spark,
      VectorShards vectors,
      IndexSettings settings,
      AuditSettings audit,
      ProgressReporter progress)
      throws IOException {
    Facts planned = facts(vectors, settings);
    Optional<IndexVersion> current = current();
    if (current.isPresent()
        && current.get().manifest().facts().identity().equals(planned.identity())) {
      return new Outcome(current.get(), false);
    }
    List<VectorSource> sources = vectors.sources(spark.hadoopConfiguration());
    try (VersionDraft draft = catalogue.begin(planned.identity())) {
      Draft content =
          new Draft(
              planned,
              settings,
              IndexBuild.divide(sources, settings.shardVectors(), 0),
              index -> new Exact(vectors, sources));
      return new Outcome(publish(spark, draft, content, audit, progress), true);
    }
  }

  /**
   * What an index is audited against.
   *
   * @param vectors searched exactly
   * @param sources the same, to draw from
   */
  record Exact(SearchableVectors vectors, List<VectorSource> sources) {}

  /**
   * What a version is to become.
   *
   * @param planned its facts, but for counts and audit
   * @param settings how it is built
   * @param works its shards
   * @param exact what it is audited against, given the version as it was written
   */
  record Draft(
      Facts planned,
      IndexSettings settings,
      List<IndexBuild.Work> works,
      Function<IndexShards, Exact> exact) {}

  /** Builds what the draft does not have yet, audits and publishes it. */
  IndexVersion publish(
      JavaSparkContext spark,
      VersionDraft draft,
      Draft content,
      AuditSettings audit,
      ProgressReporter progress)
      throws IOException {
    IndexVersion version =
        draft.complete().isPresent()
            ? draft.complete().get()
            : complete(spark, draft, content, audit, progress);
    requireRecall(version.manifest(), audit.minimumRecall());
    catalogue.publish(draft);
    return version;
  }

  /** The current version; empty where there is none, or it is damaged and must be replaced. */
  private Optional<IndexVersion> current() throws IOException {
    if (catalogue.current().isEmpty()) {
      return Optional.empty();
    }
    try (LeasedVersion read = catalogue.read()) {
      return Optional.of(read.version());
    } catch (CatalogueException e) {
      LOG.warn("{} It is built anew.", e.getMessage());
      return Optional.empty();
    }
  }

  private static IndexVersion complete(
      JavaSparkContext spark,
      VersionDraft draft,
      Draft content,
      AuditSettings audit,
      ProgressReporter progress)
      throws IOException {
    List<IndexShard> shards =
        IndexBuild.build(spark, content.works(), content.settings(), draft, progress);
    IndexShards index = new IndexShards(draft.directory(), content.planned(), shards);
    long expected = content.works().stream().mapToLong(IndexBuild.Work::rows).sum();
    if (index.count() != expected) {
      throw new IllegalStateException(index.count() + " vectors were indexed of " + expected);
    }
    Exact exact = content.exact().apply(index);
    Map<String, Object> measured =
        IndexAudit.measure(
            spark, exact.vectors(), exact.sources(), index, audit.queries(), audit.seed());
    // Before the version is complete: what is complete may be published by any later run.
    IndexBuild.verify(spark, draft.directory(), shards);
    Map<String, VersionFile> files = new TreeMap<>();
    for (IndexShard shard : shards) {
      files.putAll(shard.files());
      byte[] description = shard.toJson();
      files.put(
          shard.description(),
          new VersionFile(description.length, ContentHash.ofBytes(description)));
    }
    Map<String, Long> counts =
        Map.of(
            VectorShards.PASSAGES,
            index.passages(),
            VectorShards.VECTORS,
            index.count(),
            "shards",
            (long) shards.size());
    Facts planned = content.planned();
    return draft.complete(
        new Facts(
            planned.identity(),
            planned.model(),
            planned.dimension(),
            planned.createdBy(),
            planned.inputs(),
            planned.configuration(),
            counts,
            measured),
        VectorsFormat.oldest(planned.configuration()),
        files);
  }

  private static void requireRecall(VersionManifest manifest, double minimum) {
    Object recall = manifest.facts().audit().get(RECALL);
    if (recall instanceof Number number && number.doubleValue() < minimum) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          String.format(
              "Version %s is not published: its audit found recall %.4f at depth 10 against exact"
                  + " search, index.minimum-recall is %s. What is published stays as it is. Raise"
                  + " index.hnsw.ef-search, index.hnsw.ef-construction or"
                  + " index.hnsw.max-connections, use index.type=flat, or lower the minimum.",
              manifest.version(), number.doubleValue(), minimum));
    }
  }

  /** What a version of these vectors with these settings is to become. */
  private static Facts facts(VectorShards vectors, IndexSettings settings) {
    Map<String, String> inputs = new TreeMap<>(vectors.manifest().inputs());
    inputs.put("vectors", hash(vectors));
    return facts(inputs, vectors.manifest().configuration(), settings, "");
  }

  /**
   * What a version is to become.
   *
   * @param inputs content hash of each input
   * @param encoding how the vectors were made, as their manifest says
   * @param basis what else tells this version from others, as the one it continues
   */
  static Facts facts(
      Map<String, String> inputs,
      Map<String, Object> encoding,
      IndexSettings settings,
      String basis) {
    Map<String, Object> configuration = new TreeMap<>(encoding);
    configuration.putAll(settings.asConfiguration());
    String identity =
        ContentHash.ofBytes(
            (new TreeMap<>(inputs) + "\n" + configuration + basis)
                .getBytes(StandardCharsets.UTF_8));
    return new Facts(
        identity,
        inputs.get(VectorShards.MODEL),
        ((Number) encoding.get(VectorShards.DIMENSION)).intValue(),
        ArtifactWriter.createdBy(),
        inputs,
        configuration,
        Map.of(),
        Map.of());
  }

  /** Of the vectors' content, wherever they lie and whenever they were made. */
  private static String hash(VectorShards vectors) {
    return ContentHash.ofAll(
        vectors.manifest().files().entrySet().stream()
            .map(file -> file.getKey() + " " + file.getValue().sha256())
            .toList());
  }
}
