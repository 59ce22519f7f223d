package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPart;
import dev.tandem.index.vector.VectorPartException;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.index.vector.VectorStorage;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactKind;
import dev.tandem.jobs.artifact.FinishedPart;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.model.encoder.Compute;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A collection's vectors on disk, as {@code encode} writes them: for each part the vectors ({@code
 * .f32}, {@code .f16} or {@code .i8}, see {@link VectorStorage}), the passage ids ({@code .ids})
 * texts ({@code .passages}) and, where they are kept, metadata ({@code .metadata}) beside it and
 * the part's description with checksums ({@code .json}); in the manifest the dimension, the metric,
 * and which model made them.
 */
public final class VectorShards extends SearchableVectors {
  /** Format of the artifact. */
  public static final ArtifactKind KIND =
      new ArtifactKind("vectors", VectorsFormat.NEWEST, VectorsFormat::oldest);

  static final String PART_ENDING = ".json";
  static final String PASSAGES = "passages";

  /** Count of vectors; left out, as before there were windows, where it is that of passages. */
  static final String VECTORS = "vectors";

  static final String PASSAGE_LENGTH = "passage-max-length";
  static final String PASSAGE_PREFIX = "passage-prefix";

  /** Windows that passages were cut into; left out where each has one vector. */
  static final String WINDOW_LENGTH = "window-length";

  static final String WINDOW_STRIDE = "window-stride";
  static final String MODEL = "model";
  static final String MODEL_NAME = "model-name";
  static final String DIMENSION = "dimension";
  static final String METRIC = "metric";
  static final String NORMALIZED = "normalized";

  /** What linear layers multiplied; left out for float32. */
  static final String COMPUTE = "compute";

  /** How vectors are kept on disk; left out for float32. */
  static final String STORAGE = "storage";

  private final ArtifactDirectory directory;

  VectorShards(ArtifactDirectory directory) {
    this(directory, MetadataFilter.NONE);
  }

  private VectorShards(ArtifactDirectory directory, MetadataFilter filter) {
    super(filter);
    this.directory = directory;
  }

  /**
   * Opens vector shards.
   *
   * @throws TandemException of kind ARTIFACT where they are missing or incomplete
   * @throws IOException where the file system fails
   */
  public static VectorShards open(Configuration hadoop, Path path) throws IOException {
    return new VectorShards(ArtifactDirectory.open(hadoop, path, KIND));
  }

  @Override
  public Path path() {
    return directory.path();
  }

  @Override
  public long count() {
    long vectors = directory.manifest().count(VECTORS);
    return vectors == 0 ? passages() : vectors;
  }

  @Override
  public long passages() {
    return directory.manifest().count(PASSAGES);
  }

  /** Number of vectors of a part. */
  static long vectors(FinishedPart part) {
    long vectors = part.count(VECTORS);
    return vectors == 0 ? part.count(PASSAGES) : vectors;
  }

  @Override
  public String model() {
    return directory.manifest().inputs().get(MODEL);
  }

  /**
   * What the linear layers of the model multiplied when it made them.
   *
   * @throws TandemException of kind ARTIFACT where this version does not know it
   */
  @Override
  Compute compute() {
    Object recorded = directory.manifest().configuration().get(COMPUTE);
    if (recorded == null) {
      return Compute.FLOAT32;
    }
    try {
      return Compute.of(String.valueOf(recorded));
    } catch (IllegalArgumentException e) {
      throw new TandemException(
          TandemException.Kind.ARTIFACT,
          "The manifest of the vectors in "
              + path()
              + " says that they were computed in '"
              + recorded
              + "', which this version of Tandem does not know: search them with the version that"
              + " made them, or encode the collection again.",
          e);
    }
  }

  /** How the vectors are kept on disk, as float32. */
  public String storage() {
    return String.valueOf(
        directory.manifest().configuration().getOrDefault(STORAGE, VectorStorage.FLOAT32.key()));
  }

  @Override
  public String modelName() {
    return String.valueOf(directory.manifest().configuration().get(MODEL_NAME));
  }

  @Override
  public List<String> metadataFields() {
    return PreparedDataset.metadataFields(manifest().configuration());
  }

  @Override
  public VectorShards filtered(MetadataFilter filter) {
    FilteredRows.requireFields(filter, metadataFields(), path().toString());
    return new VectorShards(directory, filter);
  }

  @Override
  List<VectorSource> sources(Configuration hadoop) throws IOException {
    return parts(hadoop).stream()
        .sorted((a, b) -> a.description().name().compareTo(b.description().name()))
        .map(VectorSource::all)
        .toList();
  }

  /** What is known of them. */
  Manifest manifest() {
    return directory.manifest();
  }

  @Override
  JavaPairRDD<Integer, SearchHits> search(
      JavaSparkContext spark,
      Broadcast<EncodedQueries> queries,
      int depth,
      Aggregation aggregation,
      LongAccumulator searched)
      throws IOException {
    return ExactRetrieval.ofShards(
        parts(spark),
        filter(),
        queries,
        depth,
        aggregation,
        new SerializableConfiguration(spark.hadoopConfiguration()),
        searched);
  }

  /**
   * The first vectors in the order of the parts; the caller closes them.
   *
   * @param most how many at most
   * @throws TandemException of kind ARTIFACT where a file is missing or damaged
   * @throws IOException where the file system fails
   */
  public VectorMatrix first(Configuration hadoop, int most) throws IOException {
    int dimension = ((Number) manifest().configuration().get(DIMENSION)).intValue();
    VectorMatrix first =
        VectorMatrix.allocate((int) Math.min(most, manifest().count(PASSAGES)), dimension);
    FloatBuffer buffer = first.buffer();
    float[] row = new float[dimension];
    List<Part> parts = new ArrayList<>(parts(hadoop));
    parts.sort((a, b) -> a.description().name().compareTo(b.description().name()));
    for (Part part : parts) {
      if (!buffer.hasRemaining()) {
        break;
      }
      try (LoadedPart loaded = part.load(new SerializableConfiguration(hadoop))) {
        for (int i = 0; i < loaded.vectors().rows() && buffer.hasRemaining(); i++) {
          loaded.vectors().copyRow(i, row);
          buffer.put(row);
        }
      }
    }
    return first;
  }

  /**
   * The parts, to be loaded by tasks.
   *
   * @throws TandemException of kind ARTIFACT where a description is damaged
   * @throws IOException where the file system fails
   */
  List<Part> parts(Configuration hadoop) throws IOException {
    FileSystem fileSystem = path().getFileSystem(hadoop);
    List<Part> parts = new ArrayList<>();
    for (String name : directory.manifest().files().keySet()) {
      if (name.endsWith(PART_ENDING)) {
        Path file = directory.file(name);
        try (InputStream in = fileSystem.open(file)) {
          VectorPart part = DescriptionJson.read(in.readAllBytes(), VectorPart.class);
          parts.add(new Part(path().toString(), part));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
          throw DescriptionJson.unreadable(
              file, e, "delete " + path() + " and encode the collection again.");
        }
      }
    }
    return parts;
  }

  /**
   * The parts, spread over the cluster, several a task where there are many more parts than slots.
   *
   * @throws TandemException as {@link #parts}
   * @throws IOException where the file system fails
   */
  JavaRDD<Part> parts(JavaSparkContext spark) throws IOException {
    List<Part> parts = new ArrayList<>(parts(spark.hadoopConfiguration()));
    Collections.sort(parts, (a, b) -> a.description().name().compareTo(b.description().name()));
    int slices = Math.max(1, Math.min(parts.size(), 4 * spark.defaultParallelism()));
    return spark.parallelize(parts, slices);
  }

  /**
   * A part that a task can load.
   *
   * @param directory the artifact
   * @param description its files
   * @param advice what to do where one is damaged
   */
  record Part(String directory, VectorPart description, String advice) implements Serializable {

    /** A part of vector shards. */
    Part(String directory, VectorPart description) {
      this(
          directory,
          description,
          "To make the vectors anew, delete " + directory + " and run encode again.");
    }

    /**
     * Reads it, checking every byte; the caller closes it.
     *
     * @throws TandemException of kind ARTIFACT where a file is missing or damaged
     */
    LoadedPart load(SerializableConfiguration hadoop) throws IOException {
      Path path = new Path(directory);
      try {
        return VectorPartReader.read(path.getFileSystem(hadoop.value()), path, description);
      } catch (VectorPartException e) {
        throw damaged(e);
      }
    }

    /**
     * Opens its passages; the caller closes them.
     *
     * @throws TandemException of kind ARTIFACT where their file is missing or damaged
     */
    PassageReader passages(SerializableConfiguration hadoop) throws IOException {
      Path path = new Path(directory);
      try {
        return PassageReader.open(path.getFileSystem(hadoop.value()), path, description);
      } catch (VectorPartException e) {
        throw damaged(e);
      }
    }

    /**
     * Reads the metadata of its passages; without any field where it keeps none.
     *
     * @throws TandemException of kind ARTIFACT where their file is missing or damaged
     */
    PassageMetadata metadata(SerializableConfiguration hadoop) throws IOException {
      Path path = new Path(directory);
      try {
        return VectorPartReader.readMetadata(path.getFileSystem(hadoop.value()), path, description);
      } catch (VectorPartException e) {
        throw damaged(e);
      }
    }

    /**
     * Reads the ids alone.
     *
     * @throws TandemException of kind ARTIFACT where their file is missing or damaged
     */
    PassageIds ids(SerializableConfiguration hadoop) throws IOException {
      Path path = new Path(directory);
      try {
        return VectorPartReader.readIds(path.getFileSystem(hadoop.value()), path, description);
      } catch (VectorPartException e) {
        throw damaged(e);
      }
    }

    /** What it is called in messages. */
    String place() {
      return directory + "/" + description.name();
    }

    private TandemException damaged(VectorPartException e) {
      return new TandemException(TandemException.Kind.ARTIFACT, e.getMessage() + ". " + advice, e);
    }
  }
}
