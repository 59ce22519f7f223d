package dev.tandem.jobs.retrieval;

import dev.tandem.index.catalogue.IndexVersion;
import dev.tandem.index.filter.MetadataFilter;
import dev.tandem.index.search.Aggregation;
import dev.tandem.index.search.HitMerger;
import dev.tandem.index.search.PartHits;
import dev.tandem.index.search.SearchHits;
import dev.tandem.index.vector.VectorMatrix;
import dev.tandem.jobs.failure.TandemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;

/**
 * An index version on the local disk, open for single queries in this process, without Spark. Its
 * hits are those that {@code retrieve} finds, with the same scores.
 *
 * <p>For one thread; the shards are searched by several where there is enough to search.
 */
public final class LocalIndex implements AutoCloseable {
  /** Multiplications below which starting a thread costs more than it saves. */
  private static final long WORTH_A_THREAD = 1L << 21;

  /** Graphs look at a small part of the rows only. */
  private static final int GRAPH_SHARE = 16;

  /**
   * A passage that was found.
   *
   * @param id the passage's
   * @param score inner product of query and vector, or the sum of the passage's vectors, rounded to
   *     float once
   * @param shard number of the shard it was found in
   * @param row its row there
   * @param byGraph whether its shard was searched by a graph, which scores the rows that may be
   *     found one by one where they are few; else all of these were
   */
  public record Hit(String id, float score, int shard, int row, boolean byGraph) {}

  /**
   * How an index is searched.
   *
   * @param efSearch candidates that the search of a graph keeps in each shard, in place of what the
   *     version records
   * @param filter what passages must meet to be found
   * @param aggregation how the scores of a passage's vectors become the passage's
   */
  public record Settings(OptionalInt efSearch, MetadataFilter filter, Aggregation aggregation) {
    /**
     * Everything may be found, by its best vector, with the candidates that the version records.
     */
    public static final Settings USUAL =
        new Settings(OptionalInt.empty(), MetadataFilter.NONE, Aggregation.MAX);
  }

  private final IndexShards description;
  private final List<SearchableShard> shards;
  private final Passing passing;
  private final ExecutorService threads;

  private LocalIndex(
      IndexShards description, List<SearchableShard> shards, ExecutorService threads) {
    this.description = description;
    this.shards = shards;
    this.passing =
        new Passing(
            description.filter(),
            description.passages(),
            shards.stream().mapToLong(SearchableShard::passing).sum());
    this.threads = threads;
  }

  /**
   * Opens a version whose files lie on the local disk.
   *
   * @param settings how it is searched
   * @throws TandemException of kind ARTIFACT where a file is missing or damaged, or passages do not
   *     keep a field that the filter asks for; of kind BAD_DATA if a value that it compares as a
   *     number is none
   * @throws IOException where reading fails
   */
  public static LocalIndex open(Configuration hadoop, IndexVersion version, Settings settings)
      throws IOException {
    IndexShards description = IndexShards.of(hadoop, version).filtered(settings.filter());
    Path directory = Path.of(version.path().toUri().getPath());
    Settings all =
        settings.efSearch().isPresent()
            ? settings
            : new Settings(description.efSearch(), settings.filter(), settings.aggregation());
    List<SearchableShard> shards = new ArrayList<>();
    boolean done = false;
    try {
      for (IndexShard shard : description.shards()) {
        shards.add(SearchableShard.open(hadoop, directory, shard, description.encoding(), all));
      }
      done = true;
      return new LocalIndex(description, shards, threads(shards));
    } finally {
      if (!done) {
        shards.forEach(SearchableShard::close);
      }
    }
  }

  /** Threads to search with; null where one does. */
  private static ExecutorService threads(List<SearchableShard> shards) {
    long work =
        shards.stream().mapToLong(s -> s.hasGraph() ? s.work() / GRAPH_SHARE : s.work()).sum();
    int count =
        (int)
            Math.min(
                Math.min(Runtime.getRuntime().availableProcessors(), shards.size()),
                work / WORTH_A_THREAD);
    return count < 2
        ? null
        : Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "search");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** What is known of the version's vectors. */
  public SearchableVectors vectors() {
    return description;
  }

  /** How many passages pass the filter; empty without one. */
  public OptionalLong passing() {
    return passing.filter().isEmpty() ? OptionalLong.empty() : OptionalLong.of(passing.passages());
  }

  /**
   * The best passages, best first.
   *
   * @param query embedding by the model that made the index
   * @param depth how many at most
   * @throws TandemException of kind ARTIFACT where a vector is damaged
   */
  public List<Hit> search(float[] query, int depth) {
    if (shards.isEmpty()) {
      return List.of();
    }
    List<PartHits> found;
    try (VectorMatrix matrix = VectorMatrix.copyOf(query, 1, query.length)) {
      found = search(matrix, depth);
    }
    List<SearchHits> named = new ArrayList<>();
    Map<String, Deque<Hit>> origins = new HashMap<>();
    for (int s = 0; s < found.size(); s++) {
      SearchableShard shard = shards.get(s);
      PartHits hits = found.get(s);
      named.add(hits.withIds(shard.ids()));
      for (int rank = 0; rank < hits.count(0); rank++) {
        int row = hits.row(0, rank);
        String id = shard.ids().get(row);
        origins
            .computeIfAbsent(id, key -> new ArrayDeque<>())
            .add(new Hit(id, hits.score(0, rank), shard.number(), row, shard.hasGraph()));
      }
    }
    SearchHits merged = HitMerger.merge(named, depth);
    List<Hit> best = new ArrayList<>(merged.count(0));
    for (int rank = 0; rank < merged.count(0); rank++) {
      best.add(origin(origins.get(merged.id(0, rank)), merged.score(0, rank)));
    }
    return best;
  }

  /** Takes the hit that was merged: the first with its score. */
  private static Hit origin(Deque<Hit> ofId, float score) {
    for (Hit hit : ofId) {
      if (hit.score() == score) {
        ofId.remove(hit);
        return hit;
      }
    }
    throw new IllegalStateException("a merged hit comes from no shard: " + ofId + ", " + score);
  }

  private List<PartHits> search(VectorMatrix query, int depth) {
    List<PartHits> found = new ArrayList<>(shards.size());
    if (threads == null) {
      shards.forEach(shard -> found.add(shard.search(query, depth)));
      return found;
    }
    List<Future<PartHits>> running = new ArrayList<>(shards.size());
    for (SearchableShard shard : shards) {
      running.add(threads.submit(() -> shard.search(query, depth)));
    }
    RuntimeException failure = null;
    // All of them, also after a failure: they read the query's memory.
    for (Future<PartHits> future : running) {
      try {
        found.add(result(future));
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return found;
  }

  private static PartHits result(Future<PartHits> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof Error error) {
            throw error;
          }
          throw e.getCause() instanceof RuntimeException failure
              ? failure
              : new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * The text of a passage that was found; empty where the version keeps no texts.
   *
   * @throws TandemException of kind ARTIFACT where it is damaged
   * @throws IOException where reading fails
   */
  public Optional<String> text(Hit hit) throws IOException {
    return shard(hit).text(hit.row());
  }

  /** The metadata of a passage that was found, by field; empty where the version keeps none. */
  public Optional<SortedMap<String, String>> metadata(Hit hit) {
    return description.metadataFields().isEmpty()
        ? Optional.empty()
        : Optional.of(shard(hit).metadata(hit.row()));
  }

  /** The score of a passage that was found, in double precision. */
  public double exactScore(float[] query, Hit hit) {
    return shard(hit).exactScore(query, hit.row());
  }

  private SearchableShard shard(Hit hit) {
    return shards.stream().filter(s -> s.number() == hit.shard()).findFirst().orElseThrow();
  }

  /** Ends its threads and its use of the files. */
  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
    shards.forEach(SearchableShard::close);
  }
}
