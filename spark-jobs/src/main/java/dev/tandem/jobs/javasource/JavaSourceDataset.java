package dev.tandem.jobs.javasource;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.jobs.artifact.ArtifactDirectory;
import dev.tandem.jobs.artifact.ArtifactKind;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.artifact.Manifest;
import dev.tandem.jobs.artifact.PartDirectory;
import dev.tandem.jobs.artifact.PartWriter;
import dev.tandem.jobs.data.DataFormat;
import dev.tandem.jobs.data.DatasetFiles;
import dev.tandem.jobs.data.Role;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.progress.LiveCount;
import dev.tandem.jobs.progress.Polling;
import dev.tandem.jobs.progress.Progress;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * A data set for code search made from jars of Java sources, in the BEIR layout, which is then read
 * like any other.
 *
 * <p>Passages are all methods worth searching for ({@link MethodExtractor}), documented or not, the
 * same text (white space aside) kept once. Queries are the first sentences of their Javadoc;
 * methods that share a sentence, as overloads do, are all relevant for the one query, but a
 * sentence shared by more than {@value #MOST_METHODS} says too little to be one.
 */
public final class JavaSourceDataset {
  /** Format of the artifact. */
  public static final ArtifactKind KIND = new ArtifactKind("java-sources", 1);

  static final int MOST_METHODS = 4;

  // Changes where the same jars give another data set.
  private static final int EXTRACTION = 1;
  private static final long BYTES_A_SLICE = 512L << 10;
  private static final int MOST_SLICES = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ArtifactDirectory directory;

  private JavaSourceDataset(ArtifactDirectory directory) {
    this.directory = directory;
  }

  /**
   * Extracts the methods of jars, or finds it done by an earlier run.
   *
   * @param jars paths of the jars on any Hadoop file system
   * @param metadata whether passages are written with their library, version, package and class
   * @param workspace directory under which {@code java-sources/HASH} is written
   * @throws TandemException of kind BAD_DATA where a jar is damaged or there are no methods
   * @throws IOException where a file system fails
   */
  public static JavaSourceDataset make(
      JavaSparkContext spark,
      List<String> jars,
      boolean metadata,
      String workspace,
      ProgressReporter progress)
      throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    List<SourceSlice> slices = slices(hadoop, jars);
    Map<String, String> inputs = new TreeMap<>();
    for (String jar : jars) {
      Path path = new Path(jar);
      inputs.merge(
          path.getName(),
          ContentHash.ofFile(path.getFileSystem(hadoop), path),
          (first, second) -> ContentHash.ofAll(List.of(first, second)));
    }
    Map<String, Object> settings = new TreeMap<>(Map.of("extraction", EXTRACTION));
    if (metadata) {
      // Left out without, so that what was made before is found.
      settings.put("metadata", true);
    }
    String hash = ContentHash.ofAll(List.of(inputs.toString(), settings.toString()));
    Path target = new Path(new Path(workspace, "java-sources"), hash.substring(0, 16));
    return new JavaSourceDataset(
        ArtifactWriter.findOrWrite(
            hadoop,
            target,
            KIND,
            inputs,
            settings,
            writer -> write(spark, slices, inputs.keySet(), metadata, writer.parts(), progress)));
  }

  private static List<SourceSlice> slices(Configuration hadoop, List<String> jars)
      throws IOException {
    List<SourceSlice> slices = new ArrayList<>();
    Set<String> libraries = new HashSet<>();
    for (String jar : jars) {
      Path path = new Path(jar);
      String library = library(path.getName());
      for (int again = 2; !libraries.add(library); again++) {
        library = library(path.getName()) + "~" + again;
      }
      FileSystem fileSystem = path.getFileSystem(hadoop);
      long bytes = fileSystem.getFileStatus(path).getLen();
      int count = (int) Math.max(1, Math.min(MOST_SLICES, bytes / BYTES_A_SLICE));
      for (int slice = 0; slice < count; slice++) {
        slices.add(
            new SourceSlice(slices.size(), jar, library, version(path.getName()), slice, count));
      }
    }
    return slices;
  }

  /** A library's name: {@code commons-io} for {@code commons-io-2.18.0-sources.jar}. */
  static String library(String jarName) {
    String name = jarName.replaceFirst("(?i)\\.jar$", "").replaceFirst("-sources$", "");
    return name.replaceFirst("-\\d.*$", "").replaceAll("\\s+", "_");
  }

  /** A library's version: {@code 2.18.0} for that jar; empty where the name has none. */
  static String version(String jarName) {
    Matcher version =
        Pattern.compile("-(\\d.*)$")
            .matcher(jarName.replaceFirst("(?i)\\.jar$", "").replaceFirst("-sources$", ""));
    return version.find() ? version.group(1).replaceAll("\\s+", "_") : "";
  }

  private static Map<String, Long> write(
      JavaSparkContext spark,
      List<SourceSlice> slices,
      Set<String> jars,
      boolean metadata,
      PartDirectory parts,
      ProgressReporter progress) {
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    LongAccumulator files = spark.sc().longAccumulator("java files");
    LongAccumulator unparsable = spark.sc().longAccumulator("java files not parsed");
    JavaRDD<SourceMethod> extracted =
        spark
            .parallelize(slices, slices.size())
            .flatMap(slice -> slice.methods(hadoop.value(), files, unparsable).iterator())
            .persist(StorageLevel.MEMORY_AND_DISK());
    try (Progress shown = progress.start("parse sources", 0, "files")) {
      Map<String, Long> counts = new TreeMap<>();
      try (LiveCount parsed = LiveCount.of(spark.sc(), files);
          Polling polling = ProgressReporter.poll(shown, parsed::value)) {
        counts.put("methods", extracted.count());
      }
      if (counts.get("methods") == 0) {
        throw new TandemException(
            TandemException.Kind.BAD_DATA,
            "There are no methods in "
                + jars
                + ": java-sources needs jars of .java files, usually named NAME-sources.jar.");
      }
      counts.put("files", files.value());
      counts.put("unparsable-files", unparsable.value());
      JavaRDD<SourceMethod> passages =
          unique(extracted, slices.size()).persist(StorageLevel.MEMORY_AND_DISK());
      counts.put(
          "passages",
          passages
              .mapPartitionsWithIndex(
                  (number, methods) -> one(writePassages(parts, hadoop, metadata, number, methods)),
                  true)
              .reduce(Long::sum));
      counts.put(
          "queries",
          queries(passages, slices.size())
              .mapPartitionsWithIndex(
                  (number, queries) -> one(writeQueries(parts, hadoop, number, queries)), true)
              .reduce(Long::sum));
      passages.unpersist();
      return counts;
    } finally {
      extracted.unpersist();
    }
  }

  private static Iterator<Long> one(long value) {
    return List.of(value).iterator();
  }

  private static JavaRDD<SourceMethod> unique(JavaRDD<SourceMethod> methods, int slices) {
    JavaRDD<SourceMethod> byText =
        methods
            .mapToPair(
                method ->
                    new Tuple2<>(
                        ContentHash.ofBytes(
                            method.text().replaceAll("\\s+", " ").getBytes(StandardCharsets.UTF_8)),
                        method))
            .reduceByKey(SourceMethod::earlier)
            .values();
    JavaPairRDD<SourceMethod.Place, SourceMethod> byId =
        byText
            .mapToPair(method -> new Tuple2<>(method.id(), method))
            .reduceByKey(SourceMethod::earlier)
            .mapToPair(pair -> new Tuple2<>(pair._2().place(), pair._2()));
    return byId.repartitionAndSortWithinPartitions(new BySlice(slices)).values();
  }

  /**
   * A query with the methods it finds.
   *
   * @param text the sentence
   * @param methods ids of the methods, in the order of the sources
   */
  private record Query(String text, List<String> methods) implements Serializable {}

  private static JavaRDD<Query> queries(JavaRDD<SourceMethod> passages, int slices) {
    return passages
        .filter(method -> method.sentence() != null)
        .mapToPair(method -> new Tuple2<>(method.sentence().toLowerCase(Locale.ROOT), method))
        .groupByKey()
        .flatMapToPair(
            group -> {
              TreeMap<SourceMethod.Place, SourceMethod> sorted = new TreeMap<>();
              group._2().forEach(method -> sorted.put(method.place(), method));
              if (sorted.size() > MOST_METHODS) {
                return List.<Tuple2<SourceMethod.Place, Query>>of().iterator();
              }
              List<String> ids = sorted.values().stream().map(SourceMethod::id).toList();
              Query query =
                  new Query(sorted.firstEntry().getValue().sentence(), new ArrayList<>(ids));
              return List.of(new Tuple2<>(sorted.firstKey(), query)).iterator();
            })
        .repartitionAndSortWithinPartitions(new BySlice(slices))
        .values();
  }

  private static long writePassages(
      PartDirectory parts,
      SerializableConfiguration hadoop,
      boolean metadata,
      int number,
      Iterator<SourceMethod> methods)
      throws IOException {
    long written = 0;
    try (PartWriter writer = parts.begin(hadoop.value(), String.format("passages-%05d", number))) {
      try (OutputStream out = writer.create(String.format("corpus-%05d.jsonl", number))) {
        while (methods.hasNext()) {
          SourceMethod method = methods.next();
          writeJson(out, method.id(), method.text(), metadata ? method.origin().fields() : null);
          written++;
        }
      }
      writer.commit(Map.of());
    }
    return written;
  }

  private static long writeQueries(
      PartDirectory parts, SerializableConfiguration hadoop, int number, Iterator<Query> queries)
      throws IOException {
    long written = 0;
    try (PartWriter writer = parts.begin(hadoop.value(), String.format("queries-%05d", number))) {
      try (OutputStream out = writer.create(String.format("queries-%05d.jsonl", number));
          OutputStream qrels = writer.create(String.format("qrels-%05d.tsv", number))) {
        while (queries.hasNext()) {
          Query query = queries.next();
          String id = "q:" + query.methods().get(0);
          writeJson(out, id, query.text(), null);
          for (String method : query.methods()) {
            qrels.write((id + "\t0\t" + method + "\t1\n").getBytes(StandardCharsets.UTF_8));
          }
          written++;
        }
      }
      writer.commit(Map.of());
    }
    return written;
  }

  private static void writeJson(
      OutputStream out, String id, String text, Map<String, String> metadata) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("_id", id);
    line.put("text", text);
    if (metadata != null) {
      line.put("metadata", metadata);
    }
    out.write(JSON.writeValueAsBytes(line));
    out.write('\n');
  }

  private static final class BySlice extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int slices;

    BySlice(int slices) {
      this.slices = slices;
    }

    @Override
    public int numPartitions() {
      return slices;
    }

    @Override
    public int getPartition(Object key) {
      return ((SourceMethod.Place) key).slice();
    }
  }

  /**
   * Its files as an input.
   *
   * @param metadataFields metadata fields that are kept
   */
  public DatasetFiles files(List<String> metadataFields) {
    return new DatasetFiles(
        DataFormat.BEIR,
        DataFormat.BEIR,
        Map.of(
            Role.COLLECTION, files("corpus-"),
            Role.QUERIES, files("queries-"),
            Role.QRELS, files("qrels-")),
        metadataFields);
  }

  private List<String> files(String prefix) {
    return manifest().files().keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .sorted()
        .map(name -> directory.file(name).toString())
        .toList();
  }

  /** Its manifest, with the counts of methods, passages, queries and files not parsed. */
  public Manifest manifest() {
    return directory.manifest();
  }

  /** Where it is. */
  public Path path() {
    return directory.path();
  }
}
