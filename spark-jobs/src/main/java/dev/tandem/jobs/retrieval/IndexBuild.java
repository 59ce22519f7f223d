package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.DraftFiles;
import dev.tandem.index.catalogue.VersionDraft;
import dev.tandem.index.hnsw.GraphFile;
import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.PassageText;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartWriter;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

  /** The parts that make one shard. */
  private record Work(int number, ArrayList<VectorShards.Part> parts) implements Serializable {
    long rows() {
      return parts.stream().mapToLong(part -> part.description().rows()).sum();
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
      VectorShards vectors,
      IndexSettings settings,
      VersionDraft draft,
      ProgressReporter reporter)
      throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    Map<Integer, IndexShard> finished = finished(hadoop, draft.directory());
    List<IndexShard> shards = new ArrayList<>();
    List<Work> missing = new ArrayList<>();
    for (Work work : divide(vectors.parts(hadoop), settings.shardVectors())) {
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
        CollectionEncoder.withProgress(
            reporter,
            "index",
            rows,
            "vectors",
            indexed,
            () -> spark.parallelize(missing, missing.size()).map(task).collect()));
    return shards;
  }

  /** Neighbouring parts together, as evenly as they go. */
  private static List<Work> divide(List<VectorShards.Part> parts, int shardVectors) {
    List<VectorShards.Part> sorted =
        parts.stream()
            .filter(part -> part.description().rows() > 0)
            .sorted((a, b) -> a.description().name().compareTo(b.description().name()))
            .toList();
    long rows = sorted.stream().mapToLong(part -> part.description().rows()).sum();
    long shards = Math.max(1, (rows + shardVectors - 1) / shardVectors);
    List<Work> works = new ArrayList<>();
    long before = 0;
    long shard = -1;
    for (VectorShards.Part part : sorted) {
      long middle = before + part.description().rows() / 2;
      if (works.isEmpty() || middle * shards / rows > shard) {
        works.add(new Work(works.size(), new ArrayList<>()));
        shard = middle * shards / rows;
      }
      works.get(works.size() - 1).parts().add(part);
      before += part.description().rows();
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
          finished.putIfAbsent(shard.number(), shard);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
          LOG.info("{} is unfinished; its shard is built again", status.getPath());
        }
      }
    }
    return finished;
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
                new TreeMap<>(files.written()));
        try (OutputStream out = files.create(shard.description())) {
          out.write(shard.toJson());
        }
        indexed.add(vectors.rows());
        return shard;
      }
    }

    private LoadedPart read(Work work) throws IOException {
      int dimension = work.parts().get(0).description().dimension();
      VectorMatrix all = VectorMatrix.allocate(Math.toIntExact(work.rows()), dimension);
      FloatBuffer floats = all.buffer();
      PassageIds.Builder ids = new PassageIds.Builder();
      for (VectorShards.Part source : work.parts()) {
        try (LoadedPart part = source.load(hadoop)) {
          floats.put(part.vectors().buffer());
          for (int row = 0; row < part.ids().size(); row++) {
            ids.add(part.ids(), row);
          }
        }
      }
      return new LoadedPart(all, ids.build());
    }

    private VectorPart write(Work work, LoadedPart part, DraftFiles files, String name)
        throws IOException {
      int dimension = part.vectors().dimension();
      boolean withPassages =
          work.parts().stream().allMatch(source -> source.description().passages() != null);
      try (VectorPartWriter writer = new VectorPartWriter(files, name, dimension)) {
        FloatBuffer floats = part.vectors().buffer();
        float[] vector = new float[dimension];
        int row = 0;
        for (VectorShards.Part source : work.parts()) {
          try (PassageReader passages = withPassages ? source.passages(hadoop) : null) {
            Iterator<PassageText> texts = withPassages ? passages.all() : null;
            for (int end = row + source.description().rows(); row < end; row++) {
              floats.get(vector);
              if (texts == null) {
                writer.append(part.ids().get(row), vector);
              } else {
                writer.append(part.ids().get(row), vector, 0, texts.next());
              }
            }
          }
        }
        return writer.finish();
      }
    }
  }
}
