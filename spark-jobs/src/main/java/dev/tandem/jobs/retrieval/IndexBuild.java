package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.DraftFiles;
import dev.tandem.index.catalogue.VersionDraft;
import dev.tandem.index.catalogue.VersionFile;
import dev.tandem.index.hnsw.GraphFile;
import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.MetadataFile;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.PassagesFile;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.index.vector.VectorPartWriter;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the shards of an index version from vector shards, one a task. What goes into which shard
 * follows from the vectors alone. A shard that an earlier run finished in the same draft is kept.
 */
final class IndexBuild {
  private static final Logger LOG = LoggerFactory.getLogger(IndexBuild.class);

  /**
   * What makes one shard.
   *
   * @param number of the shard
   * @param sources rows to build it from; none where it is copied
   * @param copied a shard of an earlier version to copy, with the rows deleted from it by now; or
   *     null
   * @param directory of that version; or null
   */
  record Work(int number, ArrayList<VectorSource> sources, IndexShard copied, String directory)
      implements Serializable {

    static Work of(int number, List<VectorSource> sources) {
      return new Work(number, new ArrayList<>(sources), null, null);
    }

    long rows() {
      return copied != null ? copied.live() : sources.stream().mapToLong(VectorSource::rows).sum();
    }
  }

  private IndexBuild() {}

  /**
   * Builds what the draft does not have yet.
   *
   * @return all shards
   */
  static List<IndexShard> build(
      JavaSparkContext spark,
      List<Work> works,
      IndexSettings settings,
      VersionDraft draft,
      ProgressReporter reporter)
      throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    Map<Integer, IndexShard> finished = finished(hadoop, draft.directory());
    List<IndexShard> shards = new ArrayList<>();
    List<Work> missing = new ArrayList<>();
    for (Work work : works) {
      IndexShard done = finished.get(work.number());
      if (done == null) {
        missing.add(work);
      } else {
        LOG.info("Shard {} was finished by an earlier run", done.number());
        shards.add(done);
      }
    }
    if (missing.isEmpty()) {
      return shards;
    }
    LongAccumulator indexed = spark.sc().longAccumulator("vectors indexed");
    long rows = missing.stream().mapToLong(Work::rows).sum();
    ShardBuild task =
        new ShardBuild(
            draft.directory().toString(),
            settings.graph().orElse(null),
            new SerializableConfiguration(hadoop),
            indexed);
    shards.addAll(
        reporter.follow(
            spark.sc(),
            "index",
            rows,
            "vectors",
            indexed,
            () -> spark.parallelize(missing, missing.size()).map(task).collect()));
    return shards;
  }

  /**
   * Neighbouring sources together, as evenly as they go.
   *
   * @param first number of the first shard
   */
  static List<Work> divide(List<VectorSource> sources, int shardVectors, int first) {
    List<VectorSource> some = sources.stream().filter(source -> source.rows() > 0).toList();
    long rows = some.stream().mapToLong(VectorSource::rows).sum();
    long shards = Math.max(1, (rows + shardVectors - 1) / shardVectors);
    List<Work> works = new ArrayList<>();
    long before = 0;
    long shard = -1;
    for (VectorSource source : some) {
      long middle = before + source.rows() / 2;
      if (works.isEmpty() || middle * shards / rows > shard) {
        works.add(Work.of(first + works.size(), List.of()));
        shard = middle * shards / rows;
      }
      works.get(works.size() - 1).sources().add(source);
      before += source.rows();
    }
    return works;
  }

  /** Shards that are described in the draft's directory; the description is written last. */
  private static Map<Integer, IndexShard> finished(Configuration hadoop, Path directory)
      throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    Map<Integer, IndexShard> finished = new TreeMap<>();
    for (FileStatus status : fileSystem.listStatus(directory)) {
      String name = status.getPath().getName();
      if (name.startsWith("shard-") && name.endsWith(IndexShard.ENDING)) {
        try (InputStream in = fileSystem.open(status.getPath())) {
          IndexShard shard = IndexShard.parse(in.readAllBytes());
          if (isWhole(fileSystem, directory, shard)) {
            finished.putIfAbsent(shard.number(), shard);
          } else {
            LOG.warn("Files of shard {} are missing or cut off; it is built again", shard.number());
          }
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
          LOG.info("{} is unfinished; its shard is built again", status.getPath());
        }
      }
    }
    return finished;
  }

  private static boolean isWhole(FileSystem fileSystem, Path directory, IndexShard shard)
      throws IOException {
    for (Map.Entry<String, VersionFile> file : shard.files().entrySet()) {
      Path path = new Path(directory, file.getKey());
      if (!fileSystem.exists(path)
          || fileSystem.getFileStatus(path).getLen() != file.getValue().bytes()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads every file of the shards back, a shard a task.
   *
   * @throws TandemException of kind ARTIFACT naming a file that is not what was written; its shard
   *     is built again by the next run
   */
  static void verify(JavaSparkContext spark, Path directory, List<IndexShard> shards) {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    String place = directory.toString();
    List<IndexShard> serializable = new ArrayList<>(shards);
    spark
        .parallelize(serializable, shards.size())
        .foreach(shard -> verify(new Path(place), shard, hadoop.value()));
  }

  private static void verify(Path directory, IndexShard shard, Configuration hadoop)
      throws IOException {
    FileSystem fileSystem = directory.getFileSystem(hadoop);
    TreeMap<String, String> expected = new TreeMap<>();
    shard.files().forEach((name, file) -> expected.put(name, file.sha256()));
    expected.put(shard.description(), ContentHash.ofBytes(shard.toJson()));
    for (Map.Entry<String, String> file : expected.entrySet()) {
      Path path = new Path(directory, file.getKey());
      String found = ContentHash.ofFile(fileSystem, path);
      if (!found.equals(file.getValue())) {
        fileSystem.delete(new Path(directory, shard.description()), false);
        throw new TandemException(
            TandemException.Kind.ARTIFACT,
            path
                + " does not read back as it was written: SHA-256 "
                + found
                + " in place of "
                + file.getValue()
                + ". What is published stays as it is. Check the storage, and run the command"
                + " again, which builds this shard anew.");
      }
    }
  }

  /** The task: reads the parts of a shard, builds its graph, writes its files. */
  private record ShardBuild(
      String directory,
      HnswSettings graph,
      SerializableConfiguration hadoop,
      LongAccumulator indexed)
      implements Function<Work, IndexShard> {

    @Override
    public IndexShard call(Work work) throws IOException {
      Path path = new Path(directory);
      DraftFiles files = new DraftFiles(path.getFileSystem(hadoop.value()), path);
      // Unlike those of other attempts, which may write at the same time.
      String attempt = UUID.randomUUID().toString().substring(0, 8);
      String name = String.format("shard-%05d-%s", work.number(), attempt);
      if (work.copied() != null) {
        return copy(work, files, name);
      }
      try (LoadedPart part = read(work)) {
        VectorPart vectors = write(work, part, files, name);
        Optional<HnswIndex> index =
            Optional.ofNullable(graph).map(settings -> HnswIndex.build(part, settings));
        if (index.isPresent()) {
          try (OutputStream out = files.create(name + GraphFile.ENDING)) {
            GraphFile.write(index.get().graph(), out);
          }
        }
        IndexShard shard =
            new IndexShard(
                work.number(),
                vectors,
                index.isPresent() ? name + GraphFile.ENDING : null,
                index.map(i -> i.graph().connections()).orElse(0L),
                index.map(i -> i.graph().disconnected()).orElse(0),
                null,
                PassageRows.of(part.ids()).passages(),
                new TreeMap<>(files.written()));
        return described(shard, files);
      }
    }

    private IndexShard described(IndexShard shard, DraftFiles files) throws IOException {
      try (OutputStream out = files.create(shard.description())) {
        out.write(shard.toJson());
      }
      indexed.add(shard.live());
      return shard;
    }

    /** A shard of another version under a new name; its files are the same to the byte. */
    private IndexShard copy(Work work, DraftFiles files, String name) throws IOException {
      IndexShard shard = work.copied();
      VectorPart part = shard.vectors();
      PassagesFile passages = part.passages();
      MetadataFile metadata = part.metadata();
      Path from = new Path(work.directory());
      VectorPart vectors =
          new VectorPart(
              name,
              copy(from, part.vectorsFile(), files, name),
              copy(from, part.idsFile(), files, name),
              part.rows(),
              part.dimension(),
              part.storage(),
              part.vectorsBytes(),
              part.idsBytes(),
              part.vectorsCrc32c(),
              part.idsCrc32c(),
              passages == null
                  ? null
                  : new PassagesFile(
                      copy(from, passages.file(), files, name),
                      passages.bytes(),
                      passages.crc32c()),
              metadata == null
                  ? null
                  : new MetadataFile(
                      copy(from, metadata.file(), files, name),
                      metadata.bytes(),
                      metadata.crc32c(),
                      metadata.fields()));
      String graphFile = shard.graph() == null ? null : copy(from, shard.graph(), files, name);
      for (Map.Entry<String, VersionFile> written : files.written().entrySet()) {
        String source = shard.vectors().name() + written.getKey().substring(name.length());
        VersionFile expected = shard.files().get(source);
        if (!written.getValue().equals(expected)) {
          throw new TandemException(
              TandemException.Kind.ARTIFACT,
              new Path(from, source)
                  + " has SHA-256 "
                  + written.getValue().sha256()
                  + ", it was written with "
                  + expected.sha256()
                  + ". Roll back to another version, or encode everything anew with --full.");
        }
      }
      return described(
          new IndexShard(
              work.number(),
              vectors,
              graphFile,
              shard.connections(),
              shard.disconnected(),
              shard.deleted(),
              livePassages(from, shard),
              new TreeMap<>(files.written())),
          files);
    }

    /**
     * Passages of a shard that are not among the deleted, which are deleted with all their rows.
     */
    private int livePassages(Path directory, IndexShard shard) throws IOException {
      PassageRows rows =
          PassageRows.of(
              VectorPartReader.readIds(
                  directory.getFileSystem(hadoop.value()), directory, shard.vectors()));
      BitSet deleted = shard.deletedRows();
      int live = 0;
      for (int passage = 0; passage < rows.passages(); passage++) {
        live += deleted.get(rows.first(passage)) ? 0 : 1;
      }
      return live;
    }

    private String copy(Path from, String file, DraftFiles files, String name) throws IOException {
      String target = name + file.substring(file.lastIndexOf('.'));
      Path source = new Path(from, file);
      try (InputStream in = source.getFileSystem(hadoop.value()).open(source);
          OutputStream out = files.create(target)) {
        in.transferTo(out);
      }
      return target;
    }

    private LoadedPart read(Work work) throws IOException {
      int dimension = work.sources().get(0).part().description().dimension();
      VectorMatrix all = VectorMatrix.allocate(Math.toIntExact(work.rows()), dimension);
      FloatBuffer floats = all.buffer();
      PassageIds.Builder ids = new PassageIds.Builder();
      for (VectorSource source : work.sources()) {
        source.read(hadoop, floats, ids);
      }
      return new LoadedPart(all, ids.build());
    }

    /** That of the sources: rounding again would leave other vectors than those encoded. */
    private static VectorStorage storage(Work work) {
      Set<VectorStorage> storages = new TreeSet<>();
      work.sources().forEach(source -> storages.add(source.part().description().storage()));
      if (storages.size() != 1) {
        throw new IllegalStateException(
            "shard " + work.number() + " would be made of vectors stored as " + storages);
      }
      return storages.iterator().next();
    }

    private PassageMetadata metadata(Work work) throws IOException {
      TreeSet<String> fields = new TreeSet<>();
      for (VectorSource source : work.sources()) {
        MetadataFile file = source.part().description().metadata();
        fields.addAll(file == null ? List.of() : file.fields());
      }
      PassageMetadata.Builder metadata = new PassageMetadata.Builder(fields);
      for (VectorSource source : work.sources()) {
        source.readMetadata(hadoop, metadata);
      }
      return metadata.build();
    }

    private VectorPart write(Work work, LoadedPart part, DraftFiles files, String name)
        throws IOException {
      try (VectorPartWriter writer =
          new VectorPartWriter(files, name, part.vectors().dimension(), storage(work))) {
        if (work.sources().stream()
            .allMatch(source -> source.part().description().passages() != null)) {
          int row = 0;
          for (VectorSource source : work.sources()) {
            source.writePassages(hadoop, part, row, writer);
            row += source.rows();
          }
        } else {
          FloatBuffer floats = part.vectors().buffer();
          for (int row = 0; row < part.ids().size(); row++) {
            writer.append(part.ids().get(row), floats);
          }
        }
        return writer.finish(metadata(work));
      }
    }
  }
}
