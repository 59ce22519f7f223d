package dev.tandem.jobs.retrieval;

import dev.tandem.index.hnsw.HnswIndex;
import dev.tandem.index.hnsw.HnswSettings;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.PassageRanking;
import dev.tandem.index.search.PassageSearcher;
import dev.tandem.index.search.RowScan;
import dev.tandem.index.vector.LoadedPart;
import dev.tandem.index.vector.PassageIds;
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
import java.util.OptionalInt;

/**
 * A shard on the local disk, open for single queries: vectors and passages mapped, ids and the
 * graph in memory. {@link #open} is the one place where the files of a shard become something to
 * search.
 *
 * <p>Owns what it opened. Safe for use from several threads at once, until it is closed.
 */
final class SearchableShard implements AutoCloseable {
  /** Searches the shard. */
  private interface Searcher {
    PartHits search(VectorMatrix queries, int depth);
  }

  private final Path directory;
  private final IndexShard shard;
  private final LoadedPart part;
  private final PassageReader passages;
  private final Searcher searcher;

  private SearchableShard(
      Path directory,
      IndexShard shard,
      LoadedPart part,
      PassageReader passages,
      Searcher searcher) {
    this.directory = directory;
    this.shard = shard;
    this.part = part;
    this.passages = passages;
    this.searcher = searcher;
  }

  /**
   * Opens a shard.
   *
   * @param directory where its files lie, on the local disk
   * @param encoding what a graph is searched by
   * @param efSearch candidates a graph's search keeps, as many as the depth where that is more;
   *     empty for the depth
   * @throws TandemException of kind ARTIFACT where a file is missing or damaged
   */
  static SearchableShard open(
      Path directory, IndexShard shard, HnswSettings.Encoding encoding, OptionalInt efSearch)
      throws IOException {
    LoadedPart part = null;
    boolean done = false;
    try {
      part = VectorPartReader.map(directory, shard.vectors());
      PassageReader passages =
          shard.vectors().passages() == null ? null : PassageReader.map(directory, shard.vectors());
      Searcher searcher = searcher(directory, shard, part, encoding, efSearch);
      done = true;
      return new SearchableShard(directory, shard, part, passages, searcher);
    } catch (VectorPartException e) {
      throw damaged(e.getMessage() + ". ", e);
    } finally {
      if (!done && part != null) {
        part.close();
      }
    }
  }

  private static Searcher searcher(
      Path directory,
      IndexShard shard,
      LoadedPart part,
      HnswSettings.Encoding encoding,
      OptionalInt efSearch)
      throws IOException {
    Optional<BitSet> accepted = shard.acceptedRows();
    // Of a passage in windows, the best of them is the hit.
    PassageRows passages = PassageRows.of(part.ids());
    if (shard.graph() == null) {
      RowScan scan = new RowScan(part);
      if (!passages.single()) {
        return (queries, depth) ->
            PassageSearcher.best(
                passages, queries, depth, (some, rows) -> scan.search(some, rows, accepted));
      }
      return (queries, depth) -> scan.search(queries, depth, accepted);
    }
    HnswIndex index = HnswIndex.of(part, IndexShards.graph(directory, shard), encoding);
    if (!passages.single()) {
      PassageRanking ranking = new PassageRanking(part, Aggregation.MAX);
      return (queries, depth) -> {
        int rows = ranking.rowsFor(Math.max(depth, efSearch.orElse(depth)));
        return ranking.best(queries, index.candidates(queries, rows, accepted), depth);
      };
    }
    return (queries, depth) ->
        index.search(queries, depth, Math.max(depth, efSearch.orElse(depth)), accepted);
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
   * The inner product of a query and the vector of a row, in double precision.
   *
   * @param query of the vectors' dimension
   */
  double exactScore(float[] query, int row) {
    float[] vector = new float[query.length];
    part.vectors().copyRow(row, vector);
    double sum = 0;
    for (int i = 0; i < vector.length; i++) {
      sum += (double) query[i] * vector[i];
    }
    return sum;
  }

  /**
   * The text of a row's passage; empty where the version was built without texts.
   *
   * @throws TandemException of kind ARTIFACT where it is damaged
   */
  Optional<String> text(int row) throws IOException {
    if (passages == null) {
      return Optional.empty();
    }
    try {
      int at = row;
      String text = passages.read(at).text();
      // Of several rows of a passage, which follow each other, only the first one has the text.
      while (text.isEmpty() && at > 0 && ids().compare(at - 1, ids(), row) == 0) {
        text = passages.read(--at).text();
      }
      return Optional.of(text);
    } catch (VectorPartException e) {
      throw damaged(e.getMessage() + ". ", e);
    }
  }

  @Override
  public void close() {
    part.close();
  }
}
