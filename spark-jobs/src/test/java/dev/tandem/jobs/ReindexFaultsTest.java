package dev.tandem.jobs;

import static dev.tandem.jobs.ReindexRuns.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.index.catalogue.LeasedVersion;
import dev.tandem.index.catalogue.VersionState;
import dev.tandem.jobs.artifact.FaultyFileSystem;
import dev.tandem.jobs.artifact.FaultyFileSystem.Operation;
import dev.tandem.jobs.command.JobResult;
import dev.tandem.jobs.failure.TandemException;
import dev.tandem.jobs.retrieval.VersionContent;
import dev.tandem.jobs.retrieval.VersionContent.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.api.java.JavaSparkContext;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command reindex, killed before each change of a file, and overlapped by another run. */
class ReindexFaultsTest {
  private static final Map<String, String> FIRST = texts("p", 0, 60, new Random(3));
  private static final Map<String, String> SECOND = second();

  private static final Offset<Float> ROUNDING = within(1e-6f);

  @TempDir static Path directory;
  private static JavaSparkContext spark;
  private static ReindexRuns runs;
  private static String base;
  private static Map<String, Double> after;
  private static Map<String, Passage> oldContent;
  private static Map<String, Passage> newContent;

  /** 20 gone, so that one shard is to be rebuilt; 4 with another text, 6 new. */
  private static Map<String, String> second() {
    Map<String, String> second = new TreeMap<>(FIRST);
    FIRST.keySet().stream().limit(20).forEach(second::remove);
    List<String> left = new ArrayList<>(second.keySet());
    texts("c", 0, 4, new Random(5))
        .forEach((id, text) -> second.put(left.get(9 * Integer.parseInt(id.substring(1))), text));
    second.putAll(texts("n", 0, 6, new Random(6)));
    return second;
  }

  @BeforeAll
  static void prepare() throws IOException {
    spark = ReindexRuns.spark(4);
    runs =
        new ReindexRuns(
            spark,
            directory,
            "index.type=hnsw",
            "index.shard-vectors=30",
            "index.audit-queries=5",
            "index.keep=1");
    base = String.valueOf(runs.reindex("base", FIRST).json().get("version"));
    oldContent = content("base");
    runs.write("second.tsv", SECOND);
    runs.reindexFile("full", "second.tsv");
    after = runs.scores("full");
    newContent = content("full");
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  /** An index with the first collection published. */
  private static void copyOfBase(String name) throws IOException {
    Path indexes = directory.resolve("workspace/index");
    FileUtils.copyDirectory(
        indexes.resolve("base").toFile(), indexes.resolve(name).toFile(), file -> true, true);
  }

  private static Map<String, Passage> content(String name) throws IOException {
    try (LeasedVersion version = runs.catalogue(name).read()) {
      version.version().verifyChecksums(FileSystem.getLocal(ReindexRuns.HADOOP));
      return VersionContent.of(ReindexRuns.HADOOP, version.version());
    }
  }

  /** That it has these passages with these texts and, up to rounding, these vectors. */
  private static void assertServes(String name, Map<String, Passage> expected) throws IOException {
    Map<String, Passage> found = content(name);
    assertThat(found.keySet()).as(name).isEqualTo(expected.keySet());
    found.forEach(
        (id, passage) -> {
          assertThat(passage.text()).as(id).isEqualTo(expected.get(id).text());
          for (int i = 0; i < passage.vector().capacity(); i++) {
            assertThat(passage.vector().get(i))
                .isCloseTo(expected.get(id).vector().get(i), ROUNDING);
          }
        });
  }

  /**
   * That nothing is left of runs that were killed or lost but, of one that lost, the version that
   * it had finished: of those that were not published the newest is kept.
   */
  private static void assertClean(String name, int complete) throws IOException {
    assertThat(directory.resolve("workspace/index/.reindex/" + name)).doesNotExist();
    List<VersionState> versions = new ArrayList<>(runs.catalogue(name).list());
    versions.removeIf(version -> version.state() == VersionState.State.CURRENT);
    assertThat(versions).hasSizeLessThanOrEqualTo(complete);
    assertThat(versions)
        .allMatch(
            version ->
                version.state() == VersionState.State.COMPLETE
                    || version.state() == VersionState.State.UNPUBLISHED);
  }

  @Test
  void killedBeforeAnyChangeOfAFileItKeepsWhatIsPublishedAndTheNextRunFinishes()
      throws IOException {
    int kills = 0;
    Set<Boolean> published = new HashSet<>();
    for (boolean killed = true; killed; kills++) {
      String name = "killed-" + kills;
      copyOfBase(name);
      int last = kills;
      AtomicInteger changes = new AtomicInteger();
      FaultyFileSystem.breakWith(
          (operation, path, target) -> {
            if (changes.getAndIncrement() >= last) {
              throw new IOException("killed before " + operation + " of " + path);
            }
          });
      try {
        runs.reindexFile(name, "second.tsv");
      } catch (Exception e) {
        assertThat(e).as("kill %d", last).hasStackTraceContaining("killed before");
      } finally {
        FaultyFileSystem.mend();
      }
      killed = changes.get() > last;
      // The killed process holds nothing any more.
      FileUtils.deleteDirectory(directory.resolve("workspace/index/" + name + "/leases").toFile());
      boolean done = !runs.current(name).equals(base);
      published.add(done);
      assertServes(name, done ? newContent : oldContent);
      JobResult again = runs.reindexFile(name, "second.tsv");
      assertThat(again.json()).as("kill %d", last).containsEntry("published", !done);
      assertServes(name, newContent);
      assertClean(name, 0);
      if (last % 10 == 0) {
        runs.assertSameScores(name, after);
      }
    }
    assertThat(published).containsExactlyInAnyOrder(true, false);
    // Encoding, shards copied, rebuilt and new, the manifest, the publication, clearing up
    assertThat(kills).isGreaterThan(60);
  }

  /** Another run happens, whole, before the n-th change of a file. */
  @Test
  void overtakenByAnotherRunItEndsAsNotDoneOrFindsItDone() throws Exception {
    Set<String> ends = new HashSet<>();
    for (int step = 0, more = 1; more > 0; step += 1 + step / 3) {
      String name = "overtaken-" + step;
      copyOfBase(name);
      int at = step;
      AtomicInteger changes = new AtomicInteger();
      AtomicBoolean inside = new AtomicBoolean();
      List<JobResult> others = new ArrayList<>();
      List<Exception> failures = new ArrayList<>();
      FaultyFileSystem.breakWith(
          (operation, path, target) -> {
            if (!inside.get()
                && changes.getAndIncrement() == at
                && inside.compareAndSet(false, true)) {
              Thread other =
                  new Thread(
                      () -> {
                        try {
                          others.add(runs.reindexFile(name, "second.tsv"));
                        } catch (Exception e) {
                          failures.add(e);
                        }
                      });
              other.start();
              join(other);
              inside.set(false);
            }
          });
      try {
        JobResult result = runs.reindexFile(name, "second.tsv");
        ends.add(result.json().get("published").equals(true) ? "published" : "found it done");
      } catch (TandemException e) {
        assertThat(e.kind()).as("step %d", step).isEqualTo(TandemException.Kind.ARTIFACT);
        assertThat(e).hasMessageContaining("published").hasMessageContaining("un the job again");
        ends.add("overtaken");
      } finally {
        FaultyFileSystem.mend();
      }
      more = others.size();
      assertThat(failures).as("the other run at step %d", step).isEmpty();
      assertServes(name, newContent);
      assertThat(runs.reindexFile(name, "second.tsv").json()).containsEntry("published", false);
      assertClean(name, 1);
    }
    assertThat(ends).contains("overtaken", "published");
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Test
  void ofTwoRunsThatPublishAtOnceOneWins() throws Exception {
    copyOfBase("two");
    Map<String, String> third = new TreeMap<>(SECOND);
    third.putAll(texts("t", 0, 9, new Random(7)));
    runs.write("third.tsv", third);
    assertOneWins("two", List.of("second.tsv", "third.tsv"));
  }

  @Test
  void ofTwoFirstRunsThatPublishAtOnceOneWins() throws Exception {
    runs.write("first.tsv", FIRST);
    assertOneWins("firsts", List.of("first.tsv", "second.tsv"));
  }

  private void assertOneWins(String name, List<String> collections) throws Exception {
    CyclicBarrier drafts = new CyclicBarrier(collections.size());
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.CREATE && path.getName().equals("draft.json")) {
            try {
              drafts.await(60, TimeUnit.SECONDS);
            } catch (Exception e) {
              throw new IOException(e);
            }
          }
        });
    List<String> versions = new ArrayList<>();
    List<String> winners = new ArrayList<>();
    List<Exception> losers = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(collections.size());
    try {
      List<Callable<JobResult>> both = new ArrayList<>();
      for (String collection : collections) {
        both.add(() -> runs.reindexFile(name, collection));
      }
      List<Future<JobResult>> results = threads.invokeAll(both);
      for (int i = 0; i < results.size(); i++) {
        try {
          versions.add(String.valueOf(results.get(i).get().json().get("version")));
          winners.add(collections.get(i));
        } catch (java.util.concurrent.ExecutionException e) {
          losers.add((Exception) e.getCause());
        }
      }
    } finally {
      threads.shutdownNow();
      FaultyFileSystem.mend();
    }
    assertThat(losers).as("the runs that lost").hasSize(1);
    assertThat(versions).containsExactly(runs.current(name));
    assertThat(losers.get(0))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("is not published, as")
        .hasMessageContaining("version " + versions.get(0) + " was published at")
        .hasMessageContaining("Run the job again");
    runs.reindexFile("alone-" + name, winners.get(0));
    assertServes(name, content("alone-" + name));
    // The loser runs again, and is next.
    String loser = collections.get(1 - collections.indexOf(winners.get(0)));
    runs.reindexFile(name, loser, "reindex.maximum-removed=1");
    runs.reindexFile("alone-" + name, loser, "--full", "reindex.maximum-removed=1");
    assertServes(name, content("alone-" + name));
    assertClean(name, 1);
  }

  @Test
  void aFirstRunDoesNotReplaceWhatWasPublishedMeanwhile() throws IOException {
    Map<String, String> other = texts("o", 0, 10, new Random(9));
    runs.write("others.tsv", other);
    AtomicBoolean once = new AtomicBoolean();
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (path.toString().contains(".reindex/meanwhile") && once.compareAndSet(false, true)) {
            copyOfBase("meanwhile");
          }
        });
    assertThatThrownBy(() -> runs.reindexFile("meanwhile", "others.tsv"))
        .isInstanceOf(TandemException.class)
        .hasMessageContaining("Version " + base)
        .hasMessageContaining("was published while this run compared the collection with an empty")
        .extracting(e -> ((TandemException) e).kind())
        .isEqualTo(TandemException.Kind.ARTIFACT);
    FaultyFileSystem.mend();
    assertThat(runs.current("meanwhile")).isEqualTo(base);
    assertServes("meanwhile", oldContent);
  }

  @Test
  void aDiskThatFailsWhileItClearsUpDoesNotUndoWhatIsPublished() throws IOException {
    copyOfBase("clearing");
    FaultyFileSystem.breakWith(
        (operation, path, target) -> {
          if (operation == Operation.DELETE
              && path.toString().matches(".*\\.reindex/clearing/[^/]*" + base + "[^/]*")) {
            throw new IOException("no permission");
          }
        });
    assertThat(runs.reindexFile("clearing", "second.tsv").json()).containsEntry("published", true);
    assertServes("clearing", newContent);
    FaultyFileSystem.mend();
    assertThat(directory.resolve("workspace/index/.reindex/clearing")).isNotEmptyDirectory();
    assertThat(runs.reindexFile("clearing", "second.tsv").json()).containsEntry("published", false);
    assertClean("clearing", 0);
  }
}
