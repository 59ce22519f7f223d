package dev.tandem.jobs.search;

import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.ConfiguredModel;
import dev.tandem.jobs.retrieval.LocalIndex;
import dev.tandem.jobs.retrieval.QueryEncoder;
import dev.tandem.jobs.retrieval.SearchableVectors;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers queries from a published index. Holds the version it searches, and goes over to another
 * one when that is published: before a query it looks, but not more often than the interval says.
 * Safe to use from several threads; queries wait for each other.
 */
public final class Searcher implements AutoCloseable {
  /**
   * How it follows the version that is current.
   *
   * @param look how long not to look again for another version
   * @param retry how long not to try a version again whose files could not be reached
   */
  public record Following(Duration look, Duration retry) {
    /** Soon enough for a person, and seldom enough for a store. */
    public static final Following USUAL =
        new Following(Duration.ofSeconds(2), Duration.ofMinutes(1));
  }

  /** The model that queries are encoded with. */
  @FunctionalInterface
  public interface Models {
    /**
     * Loads the one that made the vectors, or fails.
     *
     * @param vectors what is to be searched
     */
    ConfiguredModel load(SearchableVectors vectors) throws IOException;
  }

  /**
   * How queries become tokens.
   *
   * @param prefix put before every query
   * @param maxLength longest query in tokens, start and end token included
   */
  public record Queries(String prefix, int maxLength) {}

  /** A version that is held and open. */
  private record Open(LeasedVersion lease, LocalIndex index) {
    void close() {
      index.close();
      lease.close();
    }
  }

  private final PublishedIndex published;
  private final QueryEncoder encoder;
  private final String fingerprint;
  private final String modelName;
  private final long lookNanos;
  private final Consumer<String> notes;
  private final FailedVersions failed;
  private Open open;
  private long looked = System.nanoTime();

  private Searcher(
      PublishedIndex published,
      ConfiguredModel model,
      Queries queries,
      String fingerprint,
      Open open,
      Following following,
      Consumer<String> notes) {
    this.published = published;
    this.encoder = new QueryEncoder(model, queries.prefix(), queries.maxLength());
    this.fingerprint = fingerprint;
    this.modelName = model.encoders().passage().name();
    this.open = open;
    this.lookNanos = following.look().toNanos();
    this.notes = notes;
    this.failed = new FailedVersions(following.retry(), System::nanoTime, notes);
  }

  /**
   * Opens the version that is current, or the pinned one, with the model for its queries.
   *
   * @param published the index
   * @param models loads the model
   * @param queries how queries become tokens
   * @param following how the version that is current is followed
   * @param notes told, in a sentence, when another version is searched from now on or cannot be
   * @throws TandemException of kind ARTIFACT where index, version or model are missing, damaged or
   *     do not fit
   * @throws IOException where a file system fails
   */
  public static Searcher open(
      PublishedIndex published,
      Models models,
      Queries queries,
      Following following,
      Consumer<String> notes)
      throws IOException {
    LeasedVersion lease = published.read();
    LocalIndex index = null;
    boolean done = false;
    try {
      SearchableVectors vectors = published.shards(lease.version());
      ConfiguredModel model = models.load(vectors);
      index = published.open(lease.version());
      Searcher searcher =
          new Searcher(
              // The vectors carry the fingerprint of the model that was loaded for them; to take it
              // again would hash all parameters once more.
              published, model, queries, vectors.model(), new Open(lease, index), following, notes);
      done = true;
      return searcher;
    } finally {
      if (!done) {
        if (index != null) {
          index.close();
        }
        lease.close();
      }
    }
  }

  /** The version that is searched. */
  public synchronized String version() {
    return open.lease().version().name();
  }

  /** How many passages there are in it. */
  public synchronized long passages() {
    return open.index().vectors().passages();
  }

  /**
   * Answers a query.
   *
   * @param depth how many passages at most
   * @throws TandemException of kind ARTIFACT where a file is damaged
   * @throws IOException where a file system fails
   */
  synchronized Answer answer(String query, int depth) throws IOException {
    follow();
    long start = System.nanoTime();
    float[] embedding = encoder.encode(query);
    long encoded = System.nanoTime();
    List<LocalIndex.Hit> found = open.index().search(embedding, depth);
    long searched = System.nanoTime();
    List<Answer.Hit> hits = new ArrayList<>(found.size());
    for (LocalIndex.Hit hit : found) {
      hits.add(
          new Answer.Hit(
              hits.size() + 1,
              hit,
              open.index().exactScore(embedding, hit),
              open.index().text(hit),
              open.index().metadata(hit)));
    }
    return new Answer(
        query,
        published.name(),
        version(),
        passages(),
        open.index().passing(),
        published.filter().conditions(),
        hits,
        (encoded - start) / 1e6,
        (searched - encoded) / 1e6,
        (System.nanoTime() - searched) / 1e6);
  }

  /** Goes over to the version that is current, where it is another one and can be searched. */
  private void follow() {
    if (System.nanoTime() - looked < lookNanos) {
      return;
    }
    looked = System.nanoTime();
    Optional<String> wanted;
    try {
      wanted = published.wanted();
    } catch (IOException e) {
      failed.say(
          "Whether another version is current cannot be seen: " + e.getMessage() + goingOn());
      return;
    }
    if (wanted.isEmpty() || wanted.get().equals(version())) {
      failed.clear();
    } else if (failed.mayTry(wanted.get())) {
      goOverTo(wanted.get());
    }
  }

  private void goOverTo(String wanted) {
    String problem = "Version " + wanted + " is current now but cannot be searched: ";
    try {
      Open next = openCurrent();
      open.close();
      open = next;
      failed.clear();
      notes.accept("Version " + version() + " is current now and searched from here on.");
    } catch (TandemException e) {
      // Another model or damage stays; a disk that is full may have room again.
      if (e.kind() == TandemException.Kind.ARTIFACT) {
        failed.refuse(wanted, problem + e.getMessage() + goingOn());
      } else {
        failed.fail(wanted, problem + e.getMessage() + goingOn());
      }
    } catch (IOException e) {
      failed.fail(wanted, problem + e.getMessage() + goingOn());
    }
  }

  private String goingOn() {
    return " Going on with version " + version() + ".";
  }

  private Open openCurrent() throws IOException {
    LeasedVersion lease = published.read();
    boolean done = false;
    try {
      published.shards(lease.version()).requireModel(fingerprint, modelName);
      Open next = new Open(lease, published.open(lease.version()));
      done = true;
      return next;
    } finally {
      if (!done) {
        lease.close();
      }
    }
  }

  @Override
  public synchronized void close() {
    encoder.close();
    open.close();
  }
}
