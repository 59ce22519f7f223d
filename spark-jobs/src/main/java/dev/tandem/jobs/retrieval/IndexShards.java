package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.catalogue.VersionManifest;
import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.hnsw.GraphFile;
import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.hnsw.NeighbourGraph;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.VectorPartException;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.model.encoder.Compute;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/** The shards of an index version, flat or with graphs. */
public final class IndexShards extends SearchableVectors {
  static final String TYPE = "type";
  static final String ENCODING = "encoding";
  static final String EF_SEARCH = "ef-search";

  /** What to do where a file of a version is damaged. */
  static final String ADVICE = "Roll back to another version, or build the index again.";

  private final Path directory;
  private final VersionManifest.Facts facts;
  private final List<IndexShard> shards;

  IndexShards(Path directory, VersionManifest.Facts facts, List<IndexShard> shards) {
    this(directory, facts, shards, MetadataFilter.NONE);
  }

  private IndexShards(
      Path directory, VersionManifest.Facts facts, List<IndexShard> shards, MetadataFilter filter) {
    super(filter);
    this.directory = directory;
    this.facts = facts;
    this.shards = shards.stream().sorted(Comparator.comparingInt(IndexShard::number)).toList();
  }

  /**
   * The shards of a version.
   *
   * @throws TandemException of kind ARTIFACT where a description is damaged
   * @throws IOException where the file system fails
   */
  public static IndexShards of(Configuration hadoop, IndexVersion version) throws IOException {
    FileSystem fileSystem = version.path().getFileSystem(hadoop);
    List<IndexShard> shards = new ArrayList<>();
    for (String name : version.manifest().files().keySet()) {
      if (name.endsWith(IndexShard.ENDING)) {
        Path file = version.file(name);
        byte[] json;
        try (InputStream in = fileSystem.open(file)) {
          json = in.readAllBytes();
        }
        try {
          shards.add(IndexShard.parse(json));
        } catch (IOException e) {
          throw DescriptionJson.unreadable(
              file, e, "roll back to another version, or build the index again.");
        }
      }
    }
    return new IndexShards(version.path(), version.manifest().facts(), shards);
  }

  @Override
  public Path path() {
    return directory;
  }

  @Override
  public long count() {
    return shards.stream().mapToLong(IndexShard::live).sum();
  }

  @Override
  public long passages() {
    return shards.stream().mapToLong(IndexShard::livePassages).sum();
  }

  @Override
  public String model() {
    return facts.model();
  }

  @Override
  public String modelName() {
    return String.valueOf(facts.configuration().get(VectorShards.MODEL_NAME));
  }

  @Override
  Compute compute() {
    Object recorded = facts.configuration().get(VectorShards.COMPUTE);
    return recorded == null ? Compute.FLOAT32 : Compute.of(String.valueOf(recorded));
  }

  @Override
  public List<String> metadataFields() {
    return PreparedDataset.metadataFields(facts.configuration());
  }

  @Override
  public IndexShards filtered(MetadataFilter filter) {
    FilteredRows.requireFields(filter, metadataFields(), directory.toString());
    return new IndexShards(directory, facts, shards, filter);
  }

  @Override
  List<VectorSource> sources(Configuration hadoop) {
    return sources();
  }

  /** The shards by number. */
  List<IndexShard> shards() {
    return shards;
  }

  @Override
  JavaPairRDD<Integer, SearchHits> search(
      JavaSparkContext spark,
      Broadcast<EncodedQueries> queries,
      int depth,
      Aggregation aggregation,
      LongAccumulator searched) {
    int slices = Math.max(1, Math.min(shards.size(), 4 * spark.defaultParallelism()));
    String path = directory.toString();
    HnswSettings.Encoding encoding = encoding();
    int ef = Math.max(depth, efSearch().orElse(depth));
    MetadataFilter wanted = filter();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    return spark
        .parallelize(shards, slices)
        .flatMapToPair(
            shard -> {
              VectorSource source = source(path, shard);
              BitSet rows = source.passing(wanted, hadoop);
              if (shard.graph() == null || rows.isEmpty()) {
                return new CountedAtEnd<>(
                    PartSearch.among(
                        rows, source.part(), hadoop, queries.value(), depth, aggregation),
                    searched,
                    shard.vectors().rows());
              }
              LoadedPart part = source.part().load(hadoop);
              HnswIndex index = load(path, shard, part, encoding, hadoop);
              Optional<BitSet> accepted =
                  rows.cardinality() == part.ids().size() ? Optional.empty() : Optional.of(rows);
              return new CountedAtEnd<>(
                  new PartSearch(
                      part,
                      new GraphSearch(index, aggregation, ef, accepted),
                      queries.value(),
                      depth),
                  searched,
                  shard.vectors().rows());
            });
  }

  /** The same vectors, to be searched exactly. */
  IndexShards exact() {
    return new IndexShards(
        directory,
        facts,
        shards.stream()
            .map(
                shard ->
                    new IndexShard(
                        shard.number(),
                        shard.vectors(),
                        null,
                        0,
                        0,
                        shard.deleted(),
                        shard.passages(),
                        shard.files()))
            .toList(),
        filter());
  }

  /** Their vectors, without the deleted ones. */
  List<VectorSource> sources() {
    return shards.stream().map(shard -> source(directory.toString(), shard)).toList();
  }

  /** What graphs are searched by. */
  HnswSettings.Encoding encoding() {
    return HnswSettings.Encoding.valueOf(
        String.valueOf(facts.configuration().getOrDefault(ENCODING, "float32"))
            .toUpperCase(Locale.ROOT));
  }

  /** Candidates that the search of a graph keeps; empty for a flat index. */
  OptionalInt efSearch() {
    return facts.configuration().get(EF_SEARCH) instanceof Number number
        ? OptionalInt.of(number.intValue())
        : OptionalInt.empty();
  }

  /** The graph of a shard on the local disk. */
  static NeighbourGraph graph(java.nio.file.Path directory, IndexShard shard) throws IOException {
    java.nio.file.Path file = directory.resolve(shard.graph());
    try {
      return GraphFile.read(Files.readAllBytes(file), shard.vectors().rows(), file.toString());
    } catch (NoSuchFileException e) {
      throw new VectorPartException(file + " is missing", e);
    }
  }

  private static VectorSource source(String directory, IndexShard shard) {
    return new VectorSource(
        new VectorShards.Part(directory, shard.vectors(), ADVICE), shard.deletedRows());
  }

  private static HnswIndex load(
      String directory,
      IndexShard shard,
      LoadedPart part,
      HnswSettings.Encoding encoding,
      SerializableConfiguration hadoop)
      throws IOException {
    Path file = new Path(directory, shard.graph());
    try (InputStream in = file.getFileSystem(hadoop.value()).open(file)) {
      byte[] content = in.readAllBytes();
      return HnswIndex.of(
          part, GraphFile.read(content, shard.vectors().rows(), file.toString()), encoding);
    } catch (VectorPartException | FileNotFoundException e) {
      part.close();
      throw new TandemException(TandemException.Kind.ARTIFACT, e.getMessage() + ". " + ADVICE, e);
    }
  }
}
