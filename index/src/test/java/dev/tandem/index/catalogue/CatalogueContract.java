package dev.tandem.index.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a catalogue promises on every file system. */
abstract class CatalogueContract {

  private static final Duration NONE = Duration.ZERO;

  private FileSystem fileSystem;
  private Path index;
  private IndexCatalogue catalogue;

  /** The file system to test on. */
  abstract FileSystem fileSystem() throws IOException;

  /** A directory for this test, which need not exist. */
  abstract Path directory();

  @BeforeEach
  void open() throws IOException {
    fileSystem = fileSystem();
    index = new Path(directory(), "index");
    catalogue = IndexCatalogue.at(fileSystem, index);
  }

  private IndexCatalogue withLease(Duration lease) {
    return new IndexCatalogue(
        fileSystem,
        index,
        new CatalogueTimes(lease, NONE, Duration.ofMinutes(1)),
        ExclusiveFile.Means.of(fileSystem));
  }

  private String publish(String identity) throws IOException {
    return Versions.publish(catalogue, fileSystem, identity);
  }

  @Test
  void whatIsPublishedIsServed() throws IOException {
    assertThatThrownBy(catalogue::read)
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining("There is no published index in")
        .hasMessageContaining(index.toString());
    String one = publish("one");
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("one");
    String two = publish("two");
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("two");

    assertThat(catalogue.history()).extracting(Publication::version).containsExactly(one, two);
    assertThat(catalogue.history()).extracting(Publication::previous).containsExactly(null, one);
    try (LeasedVersion read = catalogue.read()) {
      assertThat(read.version().manifest().parent()).isEqualTo(one);
      assertThat(read.version().manifest().facts()).isEqualTo(Versions.facts("two"));
    }
    try (var in = fileSystem.open(new Path(index, "CURRENT"))) {
      assertThat(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo(two + "\n");
    }
  }

  @Test
  void anUnfinishedVersionIsNeitherServedNorPublished() throws IOException {
    publish("one");
    try (VersionDraft draft = catalogue.begin("two")) {
      assertThat(draft.complete()).isEmpty();
      assertThatThrownBy(() -> catalogue.publish(draft)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> catalogue.read(draft.name()))
          .isInstanceOf(CatalogueException.class)
          .hasMessageContaining("unfinished");
      assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("one");
    }
  }

  @Test
  void aCompleteVersionThatWasNotPublishedIsFoundAgain() throws IOException {
    String name;
    try (VersionDraft draft = catalogue.begin("one")) {
      Versions.fill(fileSystem, draft, "one");
      name = draft.name();
    }
    try (VersionDraft again = catalogue.begin("one")) {
      assertThat(again.name()).isEqualTo(name);
      assertThat(again.complete()).isPresent();
      assertThat(catalogue.publish(again).version()).isEqualTo(name);
    }
  }

  @Test
  void anUnfinishedVersionIsGoneOnWithUnlessItsWriterLives() throws IOException {
    String name;
    try (VersionDraft draft = catalogue.begin("one")) {
      name = draft.name();
      try (OutputStream out = new DraftFiles(fileSystem, draft.directory()).create("left.bin")) {
        out.write(1);
      }
      try (VersionDraft other = catalogue.begin("one")) {
        assertThat(other.name()).isNotEqualTo(name);
      }
    }
    List<String> left = catalogue.list().stream().map(VersionState::name).toList();
    try (VersionDraft again = catalogue.begin("one")) {
      assertThat(left).contains(again.name());
      Versions.fill(fileSystem, again, "one");
      assertThat(fileSystem.listStatus(again.directory())).hasSize(2);
    }
    try (VersionDraft different = catalogue.begin("two")) {
      assertThat(left).doesNotContain(different.name());
    }
  }

  @Test
  void theWriterWhoseBasisChangedLoses() throws IOException {
    String one = publish("one");
    try (VersionDraft slow = catalogue.begin("slow")) {
      Versions.fill(fileSystem, slow, "slow");
      String fast = publish("fast");
      assertThatThrownBy(() -> catalogue.publish(slow))
          .isInstanceOf(PublishConflictException.class)
          .hasMessageContaining("Version " + slow.name() + " is not published")
          .hasMessageContaining("it builds on version " + one)
          .hasMessageContaining("version " + fast + " was published")
          .hasMessageContaining("Run the job again");
      assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("fast");
    }
  }

  @Test
  void ofWritersAtTheSameTimeOneWins() throws Exception {
    int writers = 6;
    int rounds = 8;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < rounds; round++) {
        CyclicBarrier begun = new CyclicBarrier(writers);
        List<Callable<Optional<String>>> tasks = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          String identity = "round " + round + " writer " + w;
          tasks.add(
              () -> {
                try (VersionDraft draft = catalogue.begin(identity)) {
                  Versions.fill(fileSystem, draft, identity);
                  begun.await();
                  return Optional.of(catalogue.publish(draft).version());
                } catch (PublishConflictException e) {
                  return Optional.empty();
                }
              });
        }
        List<String> winners = new ArrayList<>();
        for (Future<Optional<String>> result : pool.invokeAll(tasks)) {
          result.get().ifPresent(winners::add);
        }
        assertThat(winners).as("winners of round %d", round).hasSize(1);
        assertThat(catalogue.current().orElseThrow().version()).isEqualTo(winners.get(0));
        assertThat(catalogue.current().orElseThrow().number()).isEqualTo(round + 1);
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(catalogue.history()).hasSize(rounds);
  }

  @Test
  void rollingBackGoesToWhatWasBefore() throws IOException {
    String one = publish("one");
    String two = publish("two");
    String three = publish("three");
    assertThat(catalogue.rollback(Optional.empty()).version()).isEqualTo(two);
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("two");
    // Further back, not forth again.
    assertThat(catalogue.rollback(Optional.empty()).version()).isEqualTo(one);
    assertThatThrownBy(() -> catalogue.rollback(Optional.empty()))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining("Version " + one + " is the first one published");
    assertThat(catalogue.rollback(Optional.of(three)).version()).isEqualTo(three);
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("three");
    assertThatThrownBy(() -> catalogue.rollback(Optional.of("nosuch")))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining("There is no version nosuch")
        .hasMessageContaining(two);
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("three");
  }

  @Test
  void pruningKeepsWhatIsCurrentHeldOrNew() throws IOException {
    String one = publish("one");
    String two = publish("two");
    String three = publish("three");
    String four = publish("four");
    catalogue.rollback(Optional.of(one));
    try (LeasedVersion reader = catalogue.read(two)) {
      PruneReport report = catalogue.prune(1);
      assertThat(report.deleted()).containsExactly(three);
      assertThat(report.kept()).containsOnlyKeys(one, two, four);
      assertThat(report.kept().get(one)).isEqualTo("current");
      assertThat(report.kept().get(two)).isEqualTo("held by 1 reader or writer");
      reader.version().verifyChecksums(fileSystem);
    }
    assertThat(catalogue.prune(0).deleted()).containsExactly(two, four);
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("one");
    assertThat(catalogue.list()).extracting(VersionState::name).containsExactly(one);
    assertThatThrownBy(() -> catalogue.rollback(Optional.of(two)))
        .isInstanceOf(CatalogueException.class);
  }

  @Test
  void pruningDeletesUnfinishedVersionsOfThoseWhoAreGone() throws IOException {
    publish("one");
    VersionDraft gone = catalogue.begin("gone");
    gone.close();
    try (VersionDraft working = catalogue.begin("working")) {
      assertThat(catalogue.prune(5).deleted()).containsExactly(gone.name());
      Versions.fill(fileSystem, working, "working");
      catalogue.publish(working);
    }
    assertThat(Versions.served(catalogue, fileSystem)).isEqualTo("working");
  }

  @Test
  void aLeaseIsRenewedWhileItsHolderLivesAndExpiresAfterwards() throws Exception {
    IndexCatalogue brief = withLease(Duration.ofMillis(1200));
    String one = publish("one");
    publish("two");
    try (LeasedVersion reader = brief.read(one)) {
      Thread.sleep(2000);
      assertThat(brief.prune(0).kept()).containsKey(one);
      reader.version().verifyChecksums(fileSystem);
    }
    // A reader that was killed: its lease stays as it is.
    Path left = new Path(new Path(new Path(index, "leases"), one), "killed.json");
    fileSystem.create(left, true).close();
    assertThat(brief.prune(0).kept()).containsKey(one);
    Thread.sleep(1500);
    assertThat(brief.prune(0).deleted()).containsExactly(one);
  }

  @Test
  void readersAndOneWhoPrunesNeverMeet() throws Exception {
    publish("first");
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      List<Future<Integer>> readers = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        readers.add(
            pool.submit(
                () -> {
                  int reads = 0;
                  while (!stop.get()) {
                    try (LeasedVersion read = catalogue.read()) {
                      Thread.sleep(2);
                      read.version().verifyChecksums(fileSystem);
                      reads++;
                    }
                  }
                  return reads;
                }));
      }
      Future<?> pruner =
          pool.submit(
              () -> {
                while (!stop.get()) {
                  catalogue.prune(0);
                }
                return null;
              });
      for (int i = 0; i < 15; i++) {
        publish("version " + i);
      }
      stop.set(true);
      pruner.get();
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
    } finally {
      stop.set(true);
      pool.shutdownNow();
    }
    catalogue.prune(0);
    assertThat(catalogue.list()).hasSize(1);
  }

  @Test
  void thoseWhoPruneAtOnceDoNotMindEachOther() throws Exception {
    int pruners = 3;
    ExecutorService pool = Executors.newFixedThreadPool(pruners);
    try {
      for (int i = 0; i < 12; i++) {
        publish("old " + i);
        String current = publish("current " + i);
        List<Callable<PruneReport>> prunes = Collections.nCopies(pruners, () -> catalogue.prune(0));
        for (Future<PruneReport> prune : pool.invokeAll(prunes)) {
          assertThat(prune.get().deleted()).doesNotContain(current);
        }
        assertThat(catalogue.list()).extracting(VersionState::name).containsExactly(current);
        Path marks = new Path(index, "deleting");
        assertThat(fileSystem.exists(marks) ? fileSystem.listStatus(marks) : new FileStatus[0])
            .isEmpty();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aDamagedVersionIsNamed() throws IOException {
    String one = publish("one");
    IndexVersion version;
    try (LeasedVersion read = catalogue.read()) {
      version = read.version();
    }
    Path file = version.file(version.manifest().files().keySet().iterator().next());
    fileSystem.delete(file, false);
    try (OutputStream out = fileSystem.create(file, true)) {
      out.write("onf".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThatThrownBy(() -> version.verifyChecksums(fileSystem))
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining(file.getName() + " has SHA-256")
        .hasMessageContaining("Version " + one + " is damaged");
    fileSystem.delete(file, false);
    assertThatThrownBy(catalogue::read)
        .isInstanceOf(CatalogueException.class)
        .hasMessageContaining(file.getName() + " is missing");
    assertThat(catalogue.list())
        .extracting(VersionState::state)
        .containsExactly(VersionState.State.DAMAGED);
  }

  @Test
  void aVersionThatWasNeverInForceIsToldFromThoseThatWere() throws IOException {
    String one = publish("one");
    String lost;
    try (VersionDraft draft = catalogue.begin("lost")) {
      lost = draft.name();
      Versions.fill(fileSystem, draft, "lost");
    }
    String two = publish("two");
    assertThat(catalogue.list())
        .extracting(version -> version.name() + " " + version.state())
        .containsExactlyInAnyOrder(one + " COMPLETE", lost + " UNPUBLISHED", two + " CURRENT");
  }
}
