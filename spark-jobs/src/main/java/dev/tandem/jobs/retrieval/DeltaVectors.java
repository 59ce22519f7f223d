package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexCatalogue;
import dev.tandem.index.catalogue.Publication;
import dev.tandem.jobs.artifact.ArtifactWriter;
import dev.tandem.jobs.artifact.ContentHash;
import dev.tandem.jobs.data.TextRecord;
import dev.tandem.jobs.data.TokenizedText;
import dev.tandem.jobs.prepare.PassageTokenizer;
import dev.tandem.jobs.prepare.PreparedDataset;
import dev.tandem.jobs.prepare.TokenWindows;
import dev.tandem.jobs.progress.ProgressReporter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Vectors of new and changed passages until an index version has them: vector shards under {@code
 * .reindex/NAME/BASIS-HASH} beside the indexes, which a run that goes on after a kill finds again.
 */
final class DeltaVectors {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaVectors.class);

  /** How long vectors of a run that did not publish stay for the next one to go on with. */
  static final Duration KEPT = Duration.ofDays(7);

  private final JavaSparkContext spark;
  private final Path directory;
  private final ConfiguredModel model;
  private final EncodeSettings settings;
  private final ProgressReporter progress;

  /**
   * @param index directory of the index
   * @param settings how to encode
   */
  DeltaVectors(
      JavaSparkContext spark,
      Path index,
      ConfiguredModel model,
      EncodeSettings settings,
      ProgressReporter progress) {
    this.spark = spark;
    this.directory = new Path(new Path(index.getParent(), ".reindex"), index.getName());
    this.model = model;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * What makes vectors what they are.
   *
   * @param inputs content hash of each input
   * @param settings how texts are read and encoded
   * @param basis what the collection was compared with
   */
  record Encoding(Map<String, String> inputs, Map<String, Object> settings, String basis) {}

  /** Encodes, or goes on with what an earlier run left. */
  List<VectorSource> encode(CollectionChanges changes, Encoding encoding) throws IOException {
    Map<String, String> from = new TreeMap<>(encoding.inputs());
    from.put("basis", encoding.basis());
    String prefix = String.valueOf(encoding.settings().get(VectorShards.PASSAGE_PREFIX));
    PassageTokenizer tokenizer =
        new PassageTokenizer(
            model.tokenizer(),
            prefix,
            encoding.settings().get(VectorShards.PASSAGE_LENGTH) instanceof Number length
                ? length.intValue()
                : PassageTokenizer.UNCUT);
    TokenWindows windows = settings.windows(model, prefix);
    VectorShards vectors =
        new VectorShards(
            ArtifactWriter.findOrWrite(
                spark.hadoopConfiguration(),
                place(from, encoding),
                VectorShards.KIND,
                from,
                encoding.settings(),
                writer ->
                    CollectionEncoding.encode(
                        spark,
                        tokenized(changes.toEncode(windows != null), tokenizer),
                        changes.counts().toEncode(),
                        PreparedDataset.metadataFields(encoding.settings()),
                        model,
                        settings,
                        windows,
                        writer.parts(),
                        progress)));
    return vectors.parts(spark.hadoopConfiguration()).stream()
        .sorted((a, b) -> a.description().name().compareTo(b.description().name()))
        .map(VectorSource::all)
        .toList();
  }

  /**
   * Each collection has a place of its own: a run that indexes another one at the same time must
   * not replace the vectors that this one is reading.
   */
  private Path place(Map<String, String> inputs, Encoding encoding) {
    String hash =
        ContentHash.ofAll(
            List.of(inputs.toString(), new TreeMap<>(encoding.settings()).toString()));
    return new Path(directory, encoding.basis() + "-" + hash.substring(0, 16));
  }

  private static JavaRDD<Tuple2<TokenizedText, TextRecord>> tokenized(
      JavaRDD<TextRecord> passages, PassageTokenizer tokenizer) {
    return passages
        .mapPartitions(tokenizer::tokenize)
        .map(text -> new Tuple2<>(text.tokens(), text.record()));
  }

  /**
   * Removes what is of no use any more: vectors that are not on top of the current version, as a
   * run that still works with them could not publish either; and those that nobody touched for
   * {@link #KEPT}, which nights leave that encode and then fail. Others on top of the current
   * version stay: they may be another run's.
   */
  void removeStale(IndexCatalogue catalogue) {
    try {
      FileSystem fileSystem = directory.getFileSystem(spark.hadoopConfiguration());
      // Listed first: what is listed is then not on top of a version later than the one compared.
      FileStatus[] listed = fileSystem.listStatus(directory);
      Optional<String> current = catalogue.current().map(Publication::version);
      boolean left = false;
      long oldest = System.currentTimeMillis() - KEPT.toMillis();
      for (FileStatus status : listed) {
        if (current.isPresent()
            && status.getPath().getName().contains(current.get())
            && status.getModificationTime() >= oldest) {
          left = true;
        } else {
          fileSystem.delete(status.getPath(), true);
        }
      }
      if (!left) {
        fileSystem.delete(directory, false);
      }
    } catch (FileNotFoundException e) {
      LOG.debug("There is no {}", directory);
    } catch (IOException e) {
      LOG.warn("{} is of no use any more and could not be removed: {}", directory, e.toString());
    }
  }
}
