package dev.tandem.jobs.retrieval;

import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
import dev.tandem.index.vector.PassageMetadata;
import dev.tandem.index.vector.PassageReader;
import dev.tandem.index.vector.PassageRows;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.index.vector.VectorPartException;
import dev.tandem.index.vector.VectorPartReader;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;

/**
 * A shard on the local disk, open for single queries: vectors and passages mapped, ids and the
 * graph in memory. {@link #open} is the one place where the files of a shard become something to
 * search.
 *
 * <p>Owns what it opened. Safe for use from several threads at once, until it is closed.
 */
final class SearchableShard implements AutoCloseable {
  private final Path directory;
  private final IndexShard shard;
  private final LoadedPart part;
  private final PassageReader texts;
  private final PassageMetadata metadata;
  private final PassageRows passages;
  private final Optional<BitSet> accepted;
  private final Aggregation aggregation;
  private final PartSearch.Searcher searcher;

  private SearchableShard(
      Configuration hadoop,
      Path directory,
      IndexShard shard,
      LoadedPart part,
      HnswSettings.Encoding encoding,
      LocalIndex.Settings settings)
      throws IOException {
    this.directory = directory;
    this.shard = shard;
    this.part = part;
    texts =
        shard.vectors().passages() == null ? null : PassageReader.map(directory, shard.vectors());
    org.apache.hadoop.fs.Path files = new org.apache.hadoop.fs.Path(directory.toUri());
    // Read now, as a copy may be deleted while it is open.
    metadata = VectorPartReader.readMetadata(files.getFileSystem(hadoop), files, shard.vectors());
    passages = PassageRows.of(part.ids());
    accepted = accepted(settings.filter());
    aggregation = settings.aggregation();
    searcher =
        shard.graph() == null
            ? ShardSearches.exact(part, passages, aggregation, accepted)
            : ShardSearches.byGraph(
                HnswIndex.of(part, IndexShards.graph(directory, shard), encoding),
                aggregation,
                settings.efSearch(),
                accepted);
  }

  /**
   * Opens a shard.
   *
   * @param hadoop how the local file system is found
   * @param directory where its files lie, on the local disk
   * @param encoding what a graph is searched by
   * @param settings how it is searched
   * @throws TandemException of kind ARTIFACT where a file is missing or damaged; of kind BAD_DATA
   *     if a value that the filter compares as a number is none
   */
  static SearchableShard open(
      Configuration hadoop,
      Path directory,
      IndexShard shard,
      HnswSettings.Encoding encoding,
      LocalIndex.Settings settings)
      throws IOException {
    LoadedPart part = null;
    boolean done = false;
    try {
      part = VectorPartReader.map(directory, shard.vectors());
      SearchableShard opened =
          new SearchableShard(hadoop, directory, shard, part, encoding, settings);
      done = true;
      return opened;
    } catch (VectorPartException e) {
      throw damaged(e.getMessage() + ". ", e);
    } finally {
      if (!done && part != null) {
        part.close();
      }
    }
  }

  /** The rows that may be found; empty where all may. */
  private Optional<BitSet> accepted(MetadataFilter filter) {
    if (filter.isEmpty()) {
      return shard.acceptedRows();
    }
    BitSet rows = FilteredRows.passing(filter, metadata, directory + "/" + shard.vectors().name());
    rows.andNot(shard.deletedRows());
    return rows.cardinality() == shard.vectors().rows() ? Optional.empty() : Optional.of(rows);
  }

  private static TandemException damaged(String what, Exception cause) {
    return new TandemException(TandemException.Kind.ARTIFACT, what + IndexShards.ADVICE, cause);
  }

  /** Its number in the version. */
  int number() {
    return shard.number();
  }

  /** Whether a graph is searched; else every row is. */
  boolean hasGraph() {
    return shard.graph() != null;
  }

  /** Numbers that a search of all rows multiplies. */
  long work() {
    return (long) part.vectors().rows() * part.vectors().dimension();
  }

  /** How many passages may be found. */
  long passing() {
    return accepted.isEmpty()
        ? passages.passages()
        : accepted.get().stream()
            .filter(row -> passages.first(passages.passage(row)) == row)
            .count();
  }

  /** The passages' ids by row. */
  PassageIds ids() {
    return part.ids();
  }

  /**
   * The best rows.
   *
   * @throws TandemException of kind ARTIFACT where a vector is damaged
   */
  PartHits search(VectorMatrix queries, int depth) {
    try {
      return searcher.search(queries, depth);
    } catch (ArithmeticException e) {
      throw damaged(
          directory.resolve(shard.vectors().vectorsFile()) + ": " + e.getMessage() + ". ", e);
    }
  }

  /**
   * The score of the passage of a row that was found, in double precision: the inner product of the
   * query and the row's vector, or the sum of the passage's where that is what was searched.
   *
   * @param query of the vectors' dimension
   */
  double exactScore(float[] query, int row) {
    int passage = passages.passage(row);
    boolean sum = aggregation == Aggregation.SUM && !passages.single();
    int first = sum ? passages.first(passage) : row;
    int end = sum ? passages.end(passage) : row + 1;
    float[] vector = new float[query.length];
    double[] whole = new double[query.length];
    for (int r = first; r < end; r++) {
      part.vectors().copyRow(r, vector);
      for (int i = 0; i < vector.length; i++) {
        whole[i] += vector[i];
      }
    }
    double score = 0;
    for (int i = 0; i < vector.length; i++) {
      score += (double) query[i] * (float) whole[i]; // a sum is rounded once, as it is searched
    }
    return score;
  }

  /** The metadata of a row's passage by field; without those that it lacks. */
  SortedMap<String, String> metadata(int row) {
    return metadata.row(row);
  }

  /**
   * The text of a row's passage; empty where the version was built without texts.
   *
   * @throws TandemException of kind ARTIFACT where it is damaged
   */
  Optional<String> text(int row) throws IOException {
    if (texts == null) {
      return Optional.empty();
    }
    try {
      int at = row;
      String text = texts.read(at).text();
      // Of several rows of a passage, which follow each other, only the first one has the text.
      while (text.isEmpty() && at > 0 && ids().compare(at - 1, ids(), row) == 0) {
        text = texts.read(--at).text();
      }
      return Optional.of(text);
    } catch (VectorPartException e) {
      throw damaged(e.getMessage() + ". ", e);
    }
  }

  @Override
  public void close() {
    searcher.close();
    part.close();
  }
}
