package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.CatalogueException;
import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.Publication;
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
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/** Builds, audits and publishes versions of one index. */
public final class IndexVersions {
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
   * @param queries sampled vectors to audit with
   * @param seed of the sample
   * @param minimumRecall an index whose recall at depth 10 is below this is not published
   * @throws TandemException of kind ARTIFACT where recall is too low
   * @throws CatalogueException where someone else published meanwhile, or a version is damaged
   * @throws IOException where a file system fails
   */
  public Outcome publish(
      JavaSparkContext spark,
      VectorShards vectors,
      IndexSettings settings,
      int queries,
      long seed,
      double minimumRecall,
      ProgressReporter progress)
      throws IOException {
    Facts planned = facts(vectors, settings, Map.of(), Map.of());
    Optional<Publication> current = catalogue.current();
    if (current.isPresent()) {
      try (var read = catalogue.read()) {
        if (read.version().manifest().facts().identity().equals(planned.identity())) {
          return new Outcome(read.version(), false);
        }
      }
    }
    try (VersionDraft draft = catalogue.begin(planned.identity())) {
      IndexVersion version =
          draft.complete().isPresent()
              ? draft.complete().get()
              : complete(spark, vectors, settings, queries, seed, draft, progress);
      requireRecall(version.manifest(), minimumRecall);
      catalogue.publish(draft);
      return new Outcome(version, true);
    }
  }

  private IndexVersion complete(
      JavaSparkContext spark,
      VectorShards vectors,
      IndexSettings settings,
      int queries,
      long seed,
      VersionDraft draft,
      ProgressReporter progress)
      throws IOException {
    List<IndexShard> shards = IndexBuild.build(spark, vectors, settings, draft, progress);
    Facts unaudited = facts(vectors, settings, Map.of(), Map.of());
    IndexShards index = new IndexShards(draft.directory(), unaudited, shards);
    if (index.count() != vectors.count()) {
      throw new IllegalStateException(
          index.count() + " vectors were indexed of " + vectors.count());
    }
    Map<String, Object> audit = IndexAudit.measure(spark, vectors, index, queries, seed);
    Map<String, Long> counts =
        Map.of(VectorShards.PASSAGES, index.count(), "shards", (long) shards.size());
    FileSystem fileSystem = draft.directory().getFileSystem(spark.hadoopConfiguration());
    Map<String, VersionFile> files = new TreeMap<>();
    for (IndexShard shard : shards) {
      files.putAll(shard.files());
      byte[] description = shard.toJson();
      files.put(
          shard.description(),
          new VersionFile(description.length, ContentHash.ofBytes(description)));
    }
    IndexVersion version = draft.complete(facts(vectors, settings, counts, audit), files);
    version.verifyChecksums(fileSystem);
    return version;
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

  /** What a version of these vectors with these settings is. */
  private static Facts facts(
      VectorShards vectors,
      IndexSettings settings,
      Map<String, Long> counts,
      Map<String, Object> audit) {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("model", vectors.model());
    inputs.put("vectors", hash(vectors));
    Map<String, Object> configuration = new TreeMap<>(vectors.manifest().configuration());
    configuration.putAll(settings.asConfiguration());
    String identity =
        ContentHash.ofBytes((inputs + "\n" + configuration).getBytes(StandardCharsets.UTF_8));
    int dimension =
        ((Number) vectors.manifest().configuration().get(VectorShards.DIMENSION)).intValue();
    return new Facts(
        identity,
        vectors.model(),
        dimension,
        ArtifactWriter.createdBy(),
        inputs,
        configuration,
        counts,
        audit);
  }

  /** Of the vectors' content, wherever they lie and whenever they were made. */
  private static String hash(VectorShards vectors) {
    return ContentHash.ofAll(
        vectors.manifest().files().entrySet().stream()
            .map(file -> file.getKey() + " " + file.getValue().sha256())
            .toList());
  }
}
